import { nodeTemplatePatchJson } from './manifest-patches.ts';
import { CONTROLLER } from './names.ts';
import type { AuthenticationMode, NodeAccess } from './node-access.ts';

/** What the stack has come to, as far as it matters for what is left to do. */
export interface StackSituation {
  readonly clusterName: string;
  readonly region: string;
  readonly clusterMode: 'attach' | 'create';
  /** `none`: nothing lets the nodes join yet. */
  readonly nodeAccess: NodeAccess;
  readonly authenticationMode: AuthenticationMode;
  readonly nodeRoleArn: string;
  readonly controllerRoleArn: string;
  readonly identity: 'irsa' | 'podIdentity';
  readonly imageMode: 'none' | 'existing' | 'build';
  /** Absent: this stack has no image. */
  readonly imageRef: string | undefined;
  readonly engine: 'none' | 'argocd' | 'flux';
  /** Where the engine's objects are; absent without engine. */
  readonly engineNamespace: string | undefined;
  readonly overlay: string;
  /** Whether this stack tags with karpenter.sh/discovery. */
  readonly karpenterTag: boolean;
}

/** What is left to do by hand after `pulumi up`, as commands to paste, and which parts of the program nobody has tried on AWS. */
export function nextSteps(situation: StackSituation): string {
  const steps = [
    ...gettingIn(situation),
    ...lettingNodesJoin(situation),
    ...lettingPodsHaveTheRole(situation),
    ...applying(situation),
    `Watch it decide.
   kubectl logs -f -n ${CONTROLLER.namespace} -l karpenter=controller`,
  ];
  const notes = untriedParts(situation).map((part) => `Note: ${part}\n`);
  return [...steps.map((step, index) => `${index + 1}. ${step}\n`), ...notes].join('');
}

function gettingIn({ clusterMode, clusterName, region }: StackSituation): readonly string[] {
  if (clusterMode === 'attach') return [];
  return [`Let kubectl reach the new cluster.\n   aws eks update-kubeconfig --region ${region} --name ${clusterName}`];
}

function lettingNodesJoin(situation: StackSituation): readonly string[] {
  const { clusterName, region, nodeAccess, authenticationMode, nodeRoleArn } = situation;
  if (nodeAccess !== 'none') return [];
  const command =
    authenticationMode === 'CONFIG_MAP'
      ? `eksctl create iamidentitymapping --region ${region} --cluster ${clusterName} --arn ${nodeRoleArn} \\
     --username 'system:node:{{EC2PrivateDNSName}}' --group system:bootstrappers --group system:nodes`
      : `aws eks create-access-entry --region ${region} --cluster-name ${clusterName} --type EC2_LINUX --principal-arn ${nodeRoleArn}`;
  return [`Let the nodes join (once).\n   ${command}`];
}

function lettingPodsHaveTheRole({ identity, clusterName, region }: StackSituation): readonly string[] {
  if (identity === 'irsa') return [];
  return [
    `Have EKS Pod Identity hand out the role, unless the cluster has the add-on already.
   aws eks create-addon --region ${region} --cluster-name ${clusterName} --addon-name eks-pod-identity-agent`,
  ];
}

function applying(situation: StackSituation): readonly string[] {
  const { engine, engineNamespace } = situation;
  switch (engine) {
    case 'none':
      return [applyingByHand(situation)];
    case 'argocd':
      return [
        `Tell Argo CD what a healthy Provisioner is (once).
   kubectl apply --server-side --field-manager karpenter-gitops -n ${engineNamespace} -f manifests/argocd/argocd-cm.yaml`,
        `Watch the sync.\n   kubectl get application -n ${engineNamespace} karpenter --watch`,
      ];
    case 'flux':
      return [`Watch the sync.\n   kubectl get kustomizations -n ${engineNamespace} --watch`];
  }
}

function applyingByHand(situation: StackSituation): string {
  const { overlay, identity, controllerRoleArn, imageRef, clusterName, karpenterTag } = situation;
  const { namespace, serviceAccount } = CONTROLLER;
  const image = imageRef ?? '<an image of controller/Dockerfile, with its digest>';
  const templatePatch = nodeTemplatePatchJson(clusterName, { karpenterTag });
  const commands = [
    'kubectl apply --server-side -f manifests/crds',
    `kubectl apply -k manifests/overlays/${overlay}`,
    ...(identity === 'irsa'
      ? [
          `kubectl annotate serviceaccount -n ${namespace} ${serviceAccount} eks.amazonaws.com/role-arn=${controllerRoleArn}`,
        ]
      : []),
    `kubectl set image deployment -n ${namespace} karpenter controller=${image}`,
    ...(overlay === 'dev'
      ? []
      : [`kubectl get awsnodetemplates -o name | xargs -I{} kubectl patch {} --type json -p '${templatePatch}'`]),
    `kubectl rollout restart deployment -n ${namespace} karpenter`,
  ];
  const what = 'Apply the controller and its Provisioners, or set gitops.engine and let Argo CD or Flux do it';
  return `${what}.\n${commands.map((command) => `   ${command}`).join('\n')}`;
}

/**
 * A sentence for each part of the program in use that has never met what it is for: neither EKS nor a registry was at hand when these
 * were tested, so what is proven is which resources they ask for.
 */
export function untriedParts({
  clusterMode,
  imageMode,
}: Pick<StackSituation, 'clusterMode' | 'imageMode'>): readonly string[] {
  return [
    ...(clusterMode === 'create'
      ? ['cluster.mode create has been tested for its wiring only, never against EKS: read its preview with care.']
      : []),
    ...(imageMode === 'build'
      ? ['image.mode build has been tested for its wiring only, never against Docker and ECR: look at what it pushed.']
      : []),
  ];
}
