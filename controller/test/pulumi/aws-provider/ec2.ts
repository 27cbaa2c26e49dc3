import { CreateTagsCommand, DeleteTagsCommand, DescribeTagsCommand } from '@aws-sdk/client-ec2';
import { type ResourceType, text } from '../plugin/resource-type.ts';
import type { AwsWorld } from './world.ts';

/** aws:ec2/tag:Tag: one tag on a resource that another owns. Its id is `<resource>,<key>`. */
export const TAG: ResourceType<AwsWorld> = {
  inputs: ['resourceId', 'key', 'value'],
  required: ['resourceId', 'key', 'value'],
  replaceOn: ['resourceId', 'key'],
  create: async ({ ec2, idHere }, inputs) => {
    const [resourceId, Key, Value] = [text(inputs, 'resourceId'), text(inputs, 'key'), text(inputs, 'value')];
    await ec2.send(new CreateTagsCommand({ Resources: [idHere(resourceId)], Tags: [{ Key, Value }] }));
    return `${resourceId},${Key}`;
  },
  read: async ({ ec2, idHere }, id) => {
    const [resourceId = '', key = ''] = id.split(',');
    const { Tags } = await ec2.send(
      new DescribeTagsCommand({
        Filters: [
          { Name: 'resource-id', Values: [idHere(resourceId)] },
          { Name: 'key', Values: [key] },
        ],
      }),
    );
    const [tag] = Tags ?? [];
    return tag === undefined ? undefined : { resourceId, key, value: tag.Value ?? '' };
  },
  update: async ({ ec2, idHere }, _id, _olds, news) => {
    const [resourceId, Key, Value] = [text(news, 'resourceId'), text(news, 'key'), text(news, 'value')];
    await ec2.send(new CreateTagsCommand({ Resources: [idHere(resourceId)], Tags: [{ Key, Value }] }));
  },
  delete: async ({ ec2, idHere }, id, known) => {
    const [resourceId = '', Key = ''] = id.split(',');
    // With its value, as the real provider: what another has written over it meanwhile is no longer ours.
    const Value = text(known, 'value');
    await ec2.send(new DeleteTagsCommand({ Resources: [idHere(resourceId)], Tags: [{ Key, Value }] }));
  },
};
