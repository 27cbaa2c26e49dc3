import type { Faults } from '../faults.ts';
import type { Timers } from '../timers.ts';
import type { Catalogue } from './catalogue.ts';
import { loadCatalogue } from './catalogue.ts';
import type { AuthenticationMode, CloudState, Launch } from './cloud-state.ts';
import { initialState } from './initial-state.ts';
import type { BootingInstance, InstanceEvents } from './instance-events.ts';
import { prepareAccount } from './prepared-account.ts';
import { hashDigits, hashFraction } from './stable-hash.ts';

export interface CloudModelOptions {
  readonly timers: Timers;
  readonly faults: Faults;
  readonly seed: number;
  readonly clusterName: string;
  /** Default 1.31, the newest but one for which AWS publishes AL2. */
  readonly kubernetesVersion?: string;
  /** What eks:DescribeCluster says. */
  readonly clusterEndpoint?: string;
  /** Base64 of the PEM. */
  readonly certificateAuthority?: string;
  readonly serviceIpv4Cidr?: string;
  /** Only these instance types exist; all of the catalogue when absent. */
  readonly instanceTypes?: readonly string[];
  /** vCPUs of running and pending instances; beyond it launches fail with VcpuLimitExceeded. */
  readonly vcpuQuota?: number;
  /**
   * What the account holds beside the cluster: what nodes need to join (`prepared`, the default), or only what EKS itself left
   * there, as before the first `pulumi up` (`bare`).
   */
  readonly account?: 'prepared' | 'bare';
  /** Whom the cluster asks who may enter. Default API_AND_CONFIG_MAP. */
  readonly authenticationMode?: AuthenticationMode;
  /** The text of `mapRoles` in the cluster's aws-auth as it stands; none when absent. */
  readonly awsAuthMapRoles?: () => string | undefined;
  /** EC2 learns of changes in IAM this much later. Default 0. */
  readonly iamLagMs?: number;
}

/** Far above any scenario, yet finite, as a real account's. */
const VCPU_QUOTA_DEFAULT = 200_000;

/**
 * One AWS region with one EKS cluster in it. The AWS actions are functions over it (`fleet.ts`, `instances.ts`, …);
 * both faces call the same ones. Time comes from `timers`, ids and delays from `seed`: the same calls give the same world.
 */
export interface CloudModel extends InstanceEvents {
  readonly timers: Timers;
  readonly faults: Faults;
  readonly catalogue: Catalogue;
  readonly state: CloudState;
  readonly vcpuQuota: number;
  readonly iamLagMs: number;
  awsAuthMapRoles(): string | undefined;
  /** A new id such as `i-0a1b…`. */
  nextId(prefix: string): string;
  /** A number in [0, 1) for `purpose`: the same purpose gives the same number under one seed. */
  chance(purpose: string): number;
  /** Every instance ever launched, oldest first. */
  ledger(): readonly Launch[];
  /** Tells the listeners of `onRunning`. */
  announceRunning(instance: BootingInstance): void;
  /** Tells the listeners of `onTerminating`. */
  announceTerminating(instanceId: string): void;
}

/** A region with a cluster in it, and whatever else `account` says; no instance yet. */
export function createCloudModel(options: CloudModelOptions): CloudModel {
  const { timers, faults, seed, instanceTypes, vcpuQuota = VCPU_QUOTA_DEFAULT, iamLagMs = 0 } = options;
  const catalogue = loadCatalogue(instanceTypes);
  const state = initialState(options, catalogue.region);
  const runningListeners: ((instance: BootingInstance) => void)[] = [];
  const terminatingListeners: ((instanceId: string) => void)[] = [];
  const model: CloudModel = {
    timers,
    faults,
    catalogue,
    state,
    vcpuQuota,
    iamLagMs,
    awsAuthMapRoles: options.awsAuthMapRoles ?? (() => undefined),
    nextId: (prefix) => `${prefix}0${hashDigits(`${seed}|${prefix}|${state.idCount++}`, 16)}`,
    chance: (purpose) => hashFraction(`${seed}|${purpose}`),
    ledger: () => state.launches,
    onRunning: (listener) => void runningListeners.push(listener),
    onTerminating: (listener) => void terminatingListeners.push(listener),
    announceRunning: (instance) => runningListeners.forEach((listener) => listener(instance)),
    announceTerminating: (instanceId) => terminatingListeners.forEach((listener) => listener(instanceId)),
  };
  if (options.account !== 'bare') prepareAccount(model);
  return model;
}
