import { type EC2Client, type Image as Ec2Image, type Filter, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { AWSNodeTemplateSpec } from '../api/aws-node-template.gen.ts';
import { WELL_KNOWN_LABELS } from '../api/label-rules.ts';
import { CAPACITY_TYPE_LABEL, PROVISIONER_NAME_LABEL, ZONE_LABEL } from '../api/names.ts';
import type { Clock } from '../ports/clock.ts';
import { collectPages } from './answer-pages.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { isNotFound, templateUnresolved, toOperationError } from './errors.ts';
import {
  type Arch,
  IMAGE_FAMILIES,
  type ImageFamily,
  type ImageParameter,
  type ImageVariant,
} from './image-families.ts';
import { instanceTypeRequirements } from './instance-labels.ts';
import type { InstanceTypeFacts } from './instance-type-facts.ts';
import { commaSeparated, ID_KEYS, type Selector, selectorFilters, selectorText } from './selector-filters.ts';

/** A machine image and the instance types it is for. */
export interface Image {
  readonly id: string;
  readonly name: string;
  readonly arch: Arch;
  readonly createdAtMs: number;
  readonly variants: readonly ImageVariant[];
  /** Values that the type's labels must have, from the image's tags. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The images of a template: newest first, then by name. */
export interface TemplateImages {
  readonly family: ImageFamily;
  readonly images: readonly Image[];
}

const IMAGES_TTL_MS = 60_000;
const ARCHES: Readonly<Record<string, Arch>> = { x86_64: 'amd64', arm64: 'arm64' };

/**
 * Resolves the images of templates for a cluster version. `template-unresolved` when there is none, or the family cannot be launched.
 * Which family an unset `amiFamily` means is AWS's to say: AL2 where its image is published for the version, else AL2023.
 */
export function createImages(
  ec2: EC2Client,
  ssm: SSMClient,
  clock: Pick<Clock, 'nowMs'>,
): (spec: AWSNodeTemplateSpec, kubernetesVersion: string) => Promise<TemplateImages> {
  const parameters = createCachedAnswers<string | undefined>(clock, IMAGES_TTL_MS);
  const descriptions = createCachedAnswers<readonly Ec2Image[]>(clock, IMAGES_TTL_MS);

  const parameter = (path: string): Promise<string | undefined> => parameters.get(path, () => readParameter(ssm, path));
  const describe = (filters: Filter[], owners: readonly string[]): Promise<readonly Ec2Image[]> =>
    descriptions.get(JSON.stringify([filters, owners]), () => describeImages(ec2, filters, owners));

  async function defaultFamily(version: string): Promise<ImageFamily> {
    const [standard] = IMAGE_FAMILIES.AL2.parameters(version);
    const id = standard === undefined ? undefined : await parameter(standard.path);
    return id === undefined ? IMAGE_FAMILIES.AL2023 : IMAGE_FAMILIES.AL2;
  }

  async function publishedImages(family: ImageFamily, version: string): Promise<readonly Image[]> {
    const found = await Promise.all(
      family.parameters(version).map(async (row) => ({ row, id: await parameter(row.path) })),
    );
    const published = found.flatMap(({ row, id }) => (id === undefined ? [] : [{ row, id }]));
    if (published.length === 0) return [];
    const ids = [...new Set(published.map(({ id }) => id))].sort();
    const described = await describe([{ Name: 'image-id', Values: ids }], []);
    return published.map(({ row, id }) => publishedImage(row, id, described));
  }

  async function selectedImages(selector: Selector): Promise<readonly Image[]> {
    const { filters, owners } = imageQuery(selector);
    if (filters.length === 0) return [];
    return newestOfEachKind((await describe(filters, owners)).flatMap((image) => selectedImage(image) ?? []));
  }

  return async (spec, version) => {
    const family = spec.amiFamily === undefined ? await defaultFamily(version) : launchableFamily(spec.amiFamily);
    const selector = spec.amiSelector;
    const images = selector === undefined ? await publishedImages(family, version) : await selectedImages(selector);
    if (images.length === 0) {
      const what =
        selector === undefined
          ? `family ${family.name} on Kubernetes ${version}`
          : `amiSelector ${selectorText(selector)}`;
      throw templateUnresolved(`no images exist for ${what}`);
    }
    return { family, images: [...images].sort(newestFirst) };
  };
}

function launchableFamily(name: NonNullable<AWSNodeTemplateSpec['amiFamily']>): ImageFamily {
  if (name === 'Windows2019' || name === 'Windows2022') {
    throw templateUnresolved(`amiFamily ${name} cannot be launched: Windows nodes are not supported yet`);
  }
  return IMAGE_FAMILIES[name];
}

/** The parameter's value; undefined when AWS does not publish it. */
async function readParameter(ssm: SSMClient, path: string): Promise<string | undefined> {
  try {
    return (await ssm.send(new GetParameterCommand({ Name: path }))).Parameter?.Value;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw toOperationError(error, `GetParameter ${path}`);
  }
}

function describeImages(ec2: EC2Client, filters: Filter[], owners: readonly string[]): Promise<readonly Ec2Image[]> {
  const input = { Filters: filters, ...(owners.length === 0 ? {} : { Owners: [...owners] }) };
  return collectPages('DescribeImages', paginateDescribeImages({ client: ec2 }, input), (page) => page.Images);
}

/** The id is what is launched; name and age are only shown, so an image that cannot be described is still one. */
function publishedImage(row: ImageParameter, id: string, described: readonly Ec2Image[]): Image {
  const image = described.find(({ ImageId }) => ImageId === id);
  return {
    id,
    name: image?.Name ?? id,
    arch: row.arch,
    createdAtMs: createdAtMs(image),
    variants: row.variants,
    labels: {},
  };
}

/** Labels that say where and how an instance is bought: no image is bound to them. */
const LABELS_OF_PURCHASE: ReadonlySet<string> = new Set([ZONE_LABEL, CAPACITY_TYPE_LABEL, PROVISIONER_NAME_LABEL]);

/** Undefined for an image of an architecture that Kubernetes has no nodes of here. */
function selectedImage(image: Ec2Image): Image | undefined {
  const arch = ARCHES[image.Architecture ?? ''];
  if (image.ImageId === undefined || arch === undefined) return undefined;
  const labels = (image.Tags ?? []).filter(
    ({ Key = '' }) => WELL_KNOWN_LABELS.has(Key) && !LABELS_OF_PURCHASE.has(Key),
  );
  return {
    id: image.ImageId,
    name: image.Name ?? image.ImageId,
    arch,
    createdAtMs: createdAtMs(image),
    variants: ['any'],
    labels: Object.fromEntries(labels.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

function createdAtMs(image: Ec2Image | undefined): number {
  return Date.parse(image?.CreationDate ?? '') || 0;
}

/** Users name their owners seldom; without them a foreign image could bear the name. */
const OWNERS_DEFAULT = ['self', 'amazon'];

/** The request behind an amiSelector: ids alone, or names, owners and tags together. */
function imageQuery(selector: Selector): { readonly filters: Filter[]; readonly owners: readonly string[] } {
  const { 'aws::name': names, 'aws::owners': owners, ...rest } = selector;
  const ids = ID_KEYS.flatMap((key) => commaSeparated(rest[key] ?? ''));
  if (ids.length > 0) return { filters: [{ Name: 'image-id', Values: ids }], owners: [] };
  const filters = selectorFilters(rest, 'image-id');
  if (names !== undefined) filters.push({ Name: 'name', Values: commaSeparated(names) });
  return { filters, owners: owners === undefined ? OWNERS_DEFAULT : commaSeparated(owners) };
}

/** Of images for the same types only the newest, so that a new image replaces the old one. */
function newestOfEachKind(images: readonly Image[]): readonly Image[] {
  const newest = new Map<string, Image>();
  for (const image of [...images].sort(newestFirst)) {
    const labels = Object.entries(image.labels).sort(([a], [b]) => (a < b ? -1 : 1));
    const kind = JSON.stringify([image.arch, labels]);
    if (!newest.has(kind)) newest.set(kind, image);
  }
  return [...newest.values()];
}

/** Newest first; of two of one age the greater name, as the later of two builds; then by id. */
function newestFirst(a: Image, b: Image): number {
  if (a.createdAtMs !== b.createdAtMs) return b.createdAtMs - a.createdAtMs;
  if (a.name !== b.name) return a.name < b.name ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}

/** The first image that boots this type and whose tags agree with its labels; undefined when there is none. */
export function imageFor(
  facts: InstanceTypeFacts,
  images: readonly Image[],
  where: { readonly region: string; readonly podsMax: number },
): Image | undefined {
  const variant = variantOf(facts);
  const booting = images.filter(
    ({ arch, variants }) => arch === facts.arch && (variants.includes('any') || variants.includes(variant)),
  );
  if (booting.every(({ labels }) => Object.keys(labels).length === 0)) return booting[0];
  const typeLabels = instanceTypeRequirements(facts, { ...where, offerings: [] });
  return booting.find(({ labels }) =>
    Object.entries(labels).every(([key, value]) => typeLabels.get(key)?.values.has(value) ?? true),
  );
}

function variantOf(facts: InstanceTypeFacts): ImageVariant {
  if (facts.gpus.length > 0) return 'gpu';
  return facts.neurons.length > 0 ? 'neuron' : 'plain';
}
