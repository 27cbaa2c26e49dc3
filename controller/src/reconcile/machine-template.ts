import type { Machine } from '../api/machine.gen.ts';
import { PROVIDER_ANNOTATION, PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { NodeTemplate } from '../ports/cloud.ts';
import { nodeTemplateOf } from '../state/node-template.ts';
import type { LoopContext } from './context.ts';

/** The template the Machine was made for: as it names it, or as its annotation keeps the inline provider; undefined when that is gone. */
export function machineTemplateOf(context: LoopContext, object: Machine): NodeTemplate | undefined {
  const { machineTemplateRef: ref } = object.spec ?? {};
  const inline = object.metadata.annotations?.[PROVIDER_ANNOTATION];
  const provisioner = {
    metadata: { name: object.metadata.labels?.[PROVISIONER_NAME_LABEL] ?? object.metadata.name },
    spec: ref === undefined ? { provider: JSON.parse(inline ?? '{}') } : { providerRef: { name: ref.name } },
  };
  return nodeTemplateOf(provisioner, context.state.templates, context.settings());
}
