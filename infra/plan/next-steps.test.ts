import { describe, expect, test } from '@jest/globals';
import { nextSteps, type StackSituation } from './next-steps.ts';

const SITUATION: StackSituation = {
  clusterName: 'demo',
  region: 'us-east-1',
  clusterMode: 'attach',
  nodeAccess: 'accessEntry',
  authenticationMode: 'API',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
  controllerRoleArn: 'arn:aws:iam::123456789012:role/KarpenterController-demo',
  identity: 'irsa',
  imageMode: 'none',
  imageRef: undefined,
  engine: 'none',
  engineNamespace: undefined,
  overlay: 'dev',
  karpenterTag: false,
};

const stepsFor = (differences: Partial<StackSituation>) => nextSteps({ ...SITUATION, ...differences });

describe('what is left to do by hand', () => {
  test('does not speak of joining where the nodes can', () => {
    expect(stepsFor({})).not.toContain(SITUATION.nodeRoleArn);
    expect(stepsFor({ nodeAccess: 'awsAuth', authenticationMode: 'CONFIG_MAP' })).not.toContain(SITUATION.nodeRoleArn);
  });

  test('begins with an access entry where nobody has made one', () => {
    expect(stepsFor({ nodeAccess: 'none' })).toMatch(
      /^1\. Let the nodes join .*\n +aws eks create-access-entry .* --principal-arn arn:\S+Node\S+-demo\n2\. /,
    );
  });

  test('begins with aws-auth where the cluster asks nothing else', () => {
    const steps = stepsFor({ nodeAccess: 'none', authenticationMode: 'CONFIG_MAP' });
    expect(steps).toMatch(
      /^1\. Let the nodes join .*\n +eksctl create iamidentitymapping .* --cluster demo --arn arn:/,
    );
    expect(steps).toContain("--username 'system:node:{{EC2PrivateDNSName}}' --group system:bootstrappers");
  });

  test('is all of manifests/ without a GitOps engine, with the image where there is one', () => {
    const steps = stepsFor({ imageRef: 'registry.example/controller@sha256:1' });
    expect(steps).toContain('kubectl apply --server-side -f manifests/crds');
    expect(steps).toContain('kubectl apply -k manifests/overlays/dev');
    expect(steps).toContain(`role-arn=${SITUATION.controllerRoleArn}`);
    expect(steps).toContain('karpenter controller=registry.example/controller@sha256:1');
  });

  test('ends the placeholders of the AWSNodeTemplates in prod', () => {
    expect(stepsFor({ overlay: 'prod' })).toMatch(/kubectl patch .*"value":\{"kubernetes\.io\/cluster\/demo":"\*"\}/);
  });

  test.each([
    ['argocd', 'argocd', 'kubectl get application -n argocd karpenter --watch'],
    ['flux', 'flux-system', 'kubectl get kustomizations -n flux-system --watch'],
  ] as const)('is to watch with %s, which applies by itself', (engine, engineNamespace, command) => {
    const steps = stepsFor({ engine, engineNamespace });
    expect(steps).toContain(command);
    expect(steps).not.toContain('manifests/overlays');
  });

  test('is the add-on of Pod Identity, and no annotation, where that hands out the role', () => {
    const steps = stepsFor({ identity: 'podIdentity' });
    expect(steps).toMatch(/^1\. .*\n +aws eks create-addon .* --addon-name eks-pod-identity-agent/);
    expect(steps).not.toContain('role-arn');
  });

  test('says what has never met EKS or a registry', () => {
    expect(stepsFor({})).not.toContain('Note:');
    const steps = stepsFor({ clusterMode: 'create', imageMode: 'build' });
    expect(steps).toMatch(/^1\. .*\n +aws eks update-kubeconfig --region us-east-1 --name demo\n/);
    expect(steps).toMatch(/\nNote: cluster\.mode create .* wiring only.*\nNote: image\.mode build .* wiring only/);
  });
});
