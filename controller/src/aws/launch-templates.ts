import {
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateRequest,
  DescribeLaunchTemplatesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { Clock } from '../ports/clock.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { isAlreadyThere, isLaunchTemplateMissing, toOperationError } from './errors.ts';

/** Launch templates in EC2, by name. */
export interface LaunchTemplates {
  /** Makes sure that the template exists; returns its name. */
  ensure(request: CreateLaunchTemplateRequest): Promise<string>;
  /** Says that EC2 does not know the template, whatever we remember. */
  forget(name: string): void;
}

/** Long enough for a burst, short enough that a template which somebody deleted is soon made again. */
const KNOWN_FOR_MS = 60_000;

/** Templates that are remembered for a minute from their last use. */
export function createLaunchTemplates(ec2: EC2Client, clock: Pick<Clock, 'nowMs'>): LaunchTemplates {
  const known = createCachedAnswers<string>(clock, KNOWN_FOR_MS, { sliding: true });
  return {
    ensure: (request) => known.get(nameOf(request), () => ensureTemplate(ec2, request)),
    forget: (name) => known.forget(name),
  };
}

function nameOf(request: CreateLaunchTemplateRequest): string {
  return request.LaunchTemplateName ?? '';
}

async function ensureTemplate(ec2: EC2Client, request: CreateLaunchTemplateRequest): Promise<string> {
  const name = nameOf(request);
  if (await exists(ec2, name)) return name;
  try {
    await ec2.send(new CreateLaunchTemplateCommand(request));
  } catch (error) {
    // Somebody was quicker, perhaps our own earlier request whose answer was lost. Equal names mean equal contents.
    if (!isAlreadyThere(error)) throw toOperationError(error, `CreateLaunchTemplate ${name}`);
  }
  return name;
}

async function exists(ec2: EC2Client, name: string): Promise<boolean> {
  try {
    const answer = await ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] }));
    return (answer.LaunchTemplates ?? []).length > 0;
  } catch (error) {
    if (isLaunchTemplateMissing(error)) return false;
    throw toOperationError(error, `DescribeLaunchTemplates ${name}`);
  }
}
