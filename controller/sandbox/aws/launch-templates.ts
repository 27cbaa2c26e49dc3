import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { LaunchTemplate, LaunchTemplateData } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';
import { checkTags } from './tags.ts';

/** EC2's quota of launch templates a region. */
const LAUNCH_TEMPLATES_MAX = 5_000;
const NAME_PATTERN = /^[a-zA-Z0-9()./_-]{3,128}$/;

/** Names a launch template by one of the two. */
export interface LaunchTemplateRef {
  readonly name?: string;
  readonly id?: string;
}

/** Creates a template with version 1. The name must be free: InvalidLaunchTemplateName.AlreadyExistsException. */
export function createLaunchTemplate(
  model: CloudModel,
  name: string,
  data: LaunchTemplateData,
  tags: Readonly<Record<string, string>>,
): LaunchTemplate {
  const { launchTemplates } = model.state;
  if (!NAME_PATTERN.test(name)) {
    throw new AwsError(
      'InvalidLaunchTemplateName.MalformedException',
      `The launch template name '${name}' is not valid.`,
    );
  }
  if (launchTemplates[name] !== undefined) {
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  }
  if (Object.keys(launchTemplates).length >= LAUNCH_TEMPLATES_MAX) {
    throw new AwsError(
      'LaunchTemplateLimitExceeded',
      `You have reached the limit of ${LAUNCH_TEMPLATES_MAX} launch templates.`,
    );
  }
  checkTags(tags);
  const template: LaunchTemplate = {
    id: model.nextId('lt-'),
    name,
    createdAtMs: model.timers.nowMs(),
    defaultVersion: 1,
    versions: [data],
    tags: { ...tags },
  };
  launchTemplates[name] = template;
  return template;
}

/** Adds a version; `$Latest` now means it. Returns its number. */
export function createLaunchTemplateVersion(
  model: CloudModel,
  ref: LaunchTemplateRef,
  data: LaunchTemplateData,
): number {
  return requireLaunchTemplate(model, ref).versions.push(data);
}

/** Removes the template; instances that it launched live on. */
export function deleteLaunchTemplate(model: CloudModel, ref: LaunchTemplateRef): LaunchTemplate {
  const template = requireLaunchTemplate(model, ref);
  delete model.state.launchTemplates[template.name];
  return template;
}

/** Templates that pass all filters, by name. Names and ids that do not exist throw. */
export function describeLaunchTemplates(
  model: CloudModel,
  {
    names = [],
    ids = [],
    filters = [],
  }: { names?: readonly string[]; ids?: readonly string[]; filters?: readonly Filter[] },
): readonly LaunchTemplate[] {
  names.forEach((name) => requireLaunchTemplate(model, { name }));
  ids.forEach((id) => requireLaunchTemplate(model, { id }));
  const isAsked = (template: LaunchTemplate): boolean =>
    (names.length === 0 && ids.length === 0) || names.includes(template.name) || ids.includes(template.id);
  const passes = filterTest<LaunchTemplate>(filters, (template) => template.tags, templateField);
  return Object.values(model.state.launchTemplates)
    .filter((template) => isAsked(template) && passes(template))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function templateField(template: LaunchTemplate, name: string): readonly string[] | undefined {
  return name === 'launch-template-name' ? [template.name] : undefined;
}

/** The template, or EC2's error for the way it was named. */
export function requireLaunchTemplate(model: CloudModel, { name, id }: LaunchTemplateRef): LaunchTemplate {
  const { launchTemplates } = model.state;
  if (name !== undefined) {
    const template = Object.hasOwn(launchTemplates, name) ? launchTemplates[name] : undefined;
    if (template !== undefined) return template;
    throw new AwsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    );
  }
  const template = Object.values(launchTemplates).find((candidate) => candidate.id === id);
  if (template !== undefined) return template;
  throw new AwsError(
    'InvalidLaunchTemplateId.NotFound',
    `The specified launch template, with template ID ${id}, does not exist.`,
  );
}

/** The data of a version: a number, `$Latest` or `$Default` (also when absent). */
export function launchTemplateVersion(
  template: LaunchTemplate,
  version = '$Default',
): { number: number; data: LaunchTemplateData } {
  const named: Readonly<Record<string, number>> = {
    $Latest: template.versions.length,
    $Default: template.defaultVersion,
  };
  const number = named[version] ?? Number(version);
  const data = template.versions[number - 1];
  if (data === undefined) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find launch template version ${version} of ${template.name}.`,
    );
  }
  return { number, data };
}
