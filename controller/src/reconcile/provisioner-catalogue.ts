import type { Provisioner } from '../api/provisioner.gen.ts';
import { validateProvisioner } from '../api/validation.ts';
import type { InstanceType } from '../core/instance-type.ts';
import type { NodeTemplate, ResolvedTemplate } from '../ports/cloud.ts';
import { OperationError } from '../ports/operation-error.ts';
import { nodeTemplateOf } from '../state/node-template.ts';
import type { LoopContext } from './context.ts';

/** What a Provisioner amounts to today. */
export type Verdict =
  /** It may launch. */
  | {
      readonly kind: 'ready';
      readonly template: NodeTemplate;
      readonly resolved: ResolvedTemplate;
      readonly instanceTypes: readonly InstanceType[];
    }
  /** Only a human can mend it. */
  | {
      readonly kind: 'stalled';
      readonly code: 'InvalidSpec' | 'TemplateNotFound' | 'TemplateUnresolved';
      readonly message: string;
    }
  /** AWS cannot be asked right now: neither good nor bad. */
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * Verdicts on Provisioners, the only place where validation, template look-up and AWS meet. Caching of what AWS said is the
 * cloud port's business; this keeps the last good verdict per generation, so that an AWS that does not answer stops nobody.
 */
export class ProvisionerCatalogue {
  readonly #context: LoopContext;
  readonly #lastReady = new Map<string, { readonly version: string; readonly verdict: Verdict & { kind: 'ready' } }>();

  constructor(context: LoopContext) {
    this.#context = context;
  }

  /** The verdict now. While AWS cannot be asked: the last ready one of the same spec and template, else `unknown`. */
  async examine(provisioner: Provisioner): Promise<Verdict> {
    const { name } = provisioner.metadata;
    const verdict = await this.#examineNow(provisioner);
    const version = this.#versionOf(provisioner);
    if (verdict.kind === 'ready') this.#lastReady.set(name, { version, verdict });
    if (verdict.kind === 'stalled') this.#lastReady.delete(name);
    if (verdict.kind !== 'unknown') return verdict;
    const last = this.#lastReady.get(name);
    return last?.version === version ? last.verdict : verdict;
  }

  /** The last ready verdict on a Provisioner of this name, whatever its generation. */
  lastReady(name: string): (Verdict & { kind: 'ready' }) | undefined {
    return this.#lastReady.get(name)?.verdict;
  }

  /** Forgets a Provisioner that is gone. */
  forget(name: string): void {
    this.#lastReady.delete(name);
  }

  async #examineNow(provisioner: Provisioner): Promise<Verdict> {
    const problems = validateProvisioner(provisioner);
    if (problems.length > 0) {
      const message = problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
      return { kind: 'stalled', code: 'InvalidSpec', message };
    }
    const { state, settings, cloud } = this.#context;
    const template = nodeTemplateOf(provisioner, state.templates, settings());
    if (template === undefined) {
      const message = `spec.providerRef: AWSNodeTemplate "${provisioner.spec?.providerRef?.name}" does not exist`;
      return { kind: 'stalled', code: 'TemplateNotFound', message };
    }
    try {
      const resolved = await cloud.resolve(template);
      const instanceTypes = await cloud.instanceTypes(template, provisioner.spec?.kubeletConfiguration ?? {});
      return { kind: 'ready', template, resolved, instanceTypes };
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      if (error.code === 'template-unresolved' || error.code === 'invalid') {
        return { kind: 'stalled', code: 'TemplateUnresolved', message: error.message };
      }
      return { kind: 'unknown', message: error.message };
    }
  }

  #versionOf(provisioner: Provisioner): string {
    const ref = provisioner.spec?.providerRef?.name;
    const template = ref === undefined ? undefined : this.#context.state.templates.get(ref);
    const { uid, generation } = provisioner.metadata;
    return `${uid}/${generation}/${template?.metadata.uid}/${template?.metadata.generation}`;
  }
}
