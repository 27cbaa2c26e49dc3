import aws from '@pulumi/aws';
import dockerBuild from '@pulumi/docker-build';
import * as pulumi from '@pulumi/pulumi';
import { bundleTag, DOCKERFILE } from './controller-bundle.ts';

/** Enough to roll back for weeks. */
const IMAGES_KEPT = 20;
const UNTAGGED_KEPT_DAYS = 14;

interface ControllerImageArgs {
  readonly repositoryName: string;
  /** What `npm run bundle` has filled. */
  readonly bundleFolder: string;
  /** `name@sha256:…` */
  readonly baseImage: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An ECR repository that holds the controller's image, built from the bundle for both architectures. */
export class ControllerImage extends pulumi.ComponentResource {
  /** `name@sha256:…` */
  readonly ref: pulumi.Output<string>;

  constructor(name: string, args: ControllerImageArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:ControllerImage', name, {}, options);
    const inComponent = { parent: this };
    const repository = new aws.ecr.Repository(
      name,
      {
        name: args.repositoryName,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'AES256' }],
        // Else destroy stops at a repository that holds images, as every one does.
        forceDelete: true,
        tags: { ...args.tags },
      },
      inComponent,
    );
    new aws.ecr.LifecyclePolicy(
      name,
      { repository: repository.name, policy: JSON.stringify(LIFECYCLE_POLICY) },
      inComponent,
    );
    const [baseName = '', baseDigest = ''] = args.baseImage.split('@');
    const token = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId }, inComponent);
    const image = new dockerBuild.Image(
      name,
      {
        context: { location: args.bundleFolder },
        dockerfile: { location: DOCKERFILE },
        buildArgs: { BASE_IMAGE: baseName, BASE_IMAGE_DIGEST: baseDigest },
        platforms: ['linux/amd64', 'linux/arm64'],
        tags: [pulumi.interpolate`${repository.repositoryUrl}:${bundleTag(args.bundleFolder, args.baseImage)}`],
        push: true,
        // A preview of a pull request shall neither need Docker nor take minutes.
        buildOnPreview: false,
        registries: [
          {
            address: repository.repositoryUrl,
            username: token.userName,
            password: pulumi.secret(token.password),
          },
        ],
      },
      inComponent,
    );
    this.ref = pulumi.interpolate`${repository.repositoryUrl}@${image.digest}`;
    this.registerOutputs({ ref: this.ref });
  }
}

const LIFECYCLE_POLICY = {
  rules: [
    {
      rulePriority: 1,
      description: 'The last images',
      selection: {
        tagStatus: 'tagged',
        tagPatternList: ['*'],
        countType: 'imageCountMoreThan',
        countNumber: IMAGES_KEPT,
      },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      // ECR keeps those that an image for several architectures consists of.
      description: 'What no tag leads to',
      selection: {
        tagStatus: 'untagged',
        countType: 'sinceImagePushed',
        countUnit: 'days',
        countNumber: UNTAGGED_KEPT_DAYS,
      },
      action: { type: 'expire' },
    },
  ],
};
