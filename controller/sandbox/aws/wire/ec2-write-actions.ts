import { AwsError } from '../aws-error.ts';
import type { FleetAnswer, FleetError, FleetInstance, LaunchTemplateData, TagSpecification } from '../cloud-state.ts';
import { createFleet, type FleetConfig, type FleetRequest, type RequestedOverride } from '../fleet.ts';
import { terminateInstances } from '../instances.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  type LaunchTemplateRef,
  requireLaunchTemplate,
} from '../launch-templates.ts';
import { deleteNetworkInterface } from '../network-interfaces.ts';
import { createTags, deleteTags } from '../tags.ts';
import type { Ec2Action } from './ec2-read-actions.ts';
import { instanceStateShape, launchTemplateShape } from './ec2-shapes.ts';
import type { QueryParams } from './query-params.ts';
import { requiredText } from './query-service.ts';
import type { XmlRecord } from './xml.ts';

/** Actions that change something. */
export const EC2_WRITE_ACTIONS: Readonly<Record<string, Ec2Action>> = {
  CreateFleet: (model, params) => fleetShape(createFleet(model, fleetRequest(params))),

  CreateLaunchTemplate: (model, params) => {
    const tags = specifiedTags(params.items('TagSpecification'), 'launch-template');
    const name = requiredText(params, 'LaunchTemplateName', 'MissingParameter');
    return {
      launchTemplate: launchTemplateShape(model, createLaunchTemplate(model, name, templateData(params), tags)),
    };
  },

  CreateLaunchTemplateVersion: (model, params) => {
    const ref = templateRef(params);
    const versionNumber = createLaunchTemplateVersion(model, ref, templateData(params));
    const { id, name } = requireLaunchTemplate(model, ref);
    return { launchTemplateVersion: { launchTemplateId: id, launchTemplateName: name, versionNumber } };
  },

  DeleteLaunchTemplate: (model, params) => ({
    launchTemplate: launchTemplateShape(model, deleteLaunchTemplate(model, templateRef(params))),
  }),

  DeleteNetworkInterface: (model, params) => {
    deleteNetworkInterface(model, requiredText(params, 'NetworkInterfaceId', 'MissingParameter'));
    return { return: true };
  },

  TerminateInstances: (model, params) => {
    const ids = params.texts('InstanceId');
    if (ids.length === 0) throw new AwsError('MissingParameter', 'The request must contain the parameter InstanceId');
    const changes = terminateInstances(model, ids).map(({ instance, previousState }) => ({
      instanceId: instance.id,
      currentState: instanceStateShape(instance.state),
      previousState: instanceStateShape(previousState),
    }));
    return { instancesSet: changes };
  },

  CreateTags: (model, params) => {
    createTags(model, params.texts('ResourceId'), readTags(params.items('Tag')));
    return { return: true };
  },

  DeleteTags: (model, params) => {
    const tags = params
      .items('Tag')
      .map((tag) => ({ key: tag.text('Key') ?? '', ...dropAbsent({ value: tag.text('Value') }) }));
    deleteTags(model, params.texts('ResourceId'), tags);
    return { return: true };
  },
};

function templateRef(params: QueryParams): LaunchTemplateRef {
  const ref = dropAbsent({ name: params.text('LaunchTemplateName'), id: params.text('LaunchTemplateId') });
  if (Object.keys(ref).length === 1) return ref;
  throw new AwsError(
    'MissingParameter',
    'Either a launch template ID or a launch template name must be specified in the request.',
  );
}

function readTags(tags: readonly QueryParams[]): Record<string, string> {
  return Object.fromEntries(tags.map((tag) => [tag.text('Key') ?? '', tag.text('Value') ?? '']));
}

function readTagSpecifications(items: readonly QueryParams[]): readonly TagSpecification[] {
  return items.map((item) => ({ resourceType: item.text('ResourceType') ?? '', tags: readTags(item.items('Tag')) }));
}

function specifiedTags(items: readonly QueryParams[], resourceType: string): Record<string, string> {
  const matching = readTagSpecifications(items).filter((specification) => specification.resourceType === resourceType);
  return Object.assign({}, ...matching.map(({ tags }) => tags));
}

function templateData(params: QueryParams): LaunchTemplateData {
  const at = (path: string): string => `LaunchTemplateData.${path}`;
  const interfaces = params.items(at('NetworkInterface'));
  const onInterface = interfaces.flatMap((item) => item.texts('SecurityGroupId'));
  return {
    securityGroupIds: [...params.texts(at('SecurityGroupId')), ...onInterface],
    volumes: params.items(at('BlockDeviceMapping')).map((mapping) => ({
      deviceName: mapping.text('DeviceName') ?? '',
      ...dropAbsent({ sizeGiB: mapping.number('Ebs.VolumeSize') }),
    })),
    tagSpecifications: readTagSpecifications(params.items(at('TagSpecification'))),
    ...dropAbsent({
      imageId: params.text(at('ImageId')),
      instanceProfile: params.text(at('IamInstanceProfile.Name')),
      userData: params.text(at('UserData')),
    }),
  };
}

function fleetRequest(params: QueryParams): FleetRequest {
  if (params.text('Type') !== 'instant') {
    throw new AwsError(
      'InvalidParameterValue',
      `Fleets of type ${params.text('Type') ?? 'maintain'} are not served here`,
    );
  }
  const capacityType =
    params.text('TargetCapacitySpecification.DefaultTargetCapacityType') === 'spot' ? 'spot' : 'on-demand';
  const options = capacityType === 'spot' ? 'SpotOptions' : 'OnDemandOptions';
  return {
    capacityType,
    totalTargetCapacity: params.number('TargetCapacitySpecification.TotalTargetCapacity') ?? 0,
    configs: params.items('LaunchTemplateConfigs').map(fleetConfig),
    tagSpecifications: readTagSpecifications(params.items('TagSpecification')),
    ...dropAbsent({
      clientToken: params.text('ClientToken'),
      allocationStrategy: params.text(`${options}.AllocationStrategy`),
    }),
  };
}

function fleetConfig(config: QueryParams): FleetConfig {
  const launchTemplate = dropAbsent({
    name: config.text('LaunchTemplateSpecification.LaunchTemplateName'),
    id: config.text('LaunchTemplateSpecification.LaunchTemplateId'),
    version: config.text('LaunchTemplateSpecification.Version'),
  });
  const overrides = config.items('Overrides').map(
    (override): RequestedOverride =>
      dropAbsent({
        instanceType: override.text('InstanceType'),
        subnetId: override.text('SubnetId'),
        zone: override.text('AvailabilityZone'),
        imageId: override.text('ImageId'),
        priority: override.number('Priority'),
      }),
  );
  return { launchTemplate, overrides };
}

function fleetShape({ fleetId, errors, instances }: FleetAnswer): XmlRecord {
  return {
    fleetId,
    errorSet: errors.map((error) => ({ ...sourceShape(error), errorCode: error.code, errorMessage: error.message })),
    fleetInstanceSet: instances.map((instance) => ({
      ...sourceShape(instance),
      instanceIds: instance.instanceIds,
      instanceType: instance.override.instanceType,
    })),
  };
}

/** Which template, override and market an error or an instance came from. */
function sourceShape({ launchTemplate, override, capacityType }: FleetError | FleetInstance): XmlRecord {
  const { id, name, version } = launchTemplate;
  return {
    launchTemplateAndOverrides: {
      launchTemplateSpecification: { launchTemplateId: id, launchTemplateName: name, version: String(version) },
      overrides: {
        instanceType: override.instanceType,
        subnetId: override.subnetId,
        availabilityZone: override.zone,
        imageId: override.imageId,
        priority: override.priority,
      },
    },
    lifecycle: capacityType,
  };
}
