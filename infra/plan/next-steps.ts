import { CONTROLLER } from './names.ts';
import type { AuthenticationMode } from './node-access.ts';

/** What is left to do by hand after `pulumi up`, as commands to paste. */
export function nextSteps(options: {
  readonly clusterName: string;
  readonly region: string;
  /** `none`: nothing lets the nodes join yet. */
  readonly nodeAccess: 'accessEntry' | 'none';
  readonly authenticationMode: AuthenticationMode;
  readonly nodeRoleArn: string;
  readonly controllerRoleArn: string;
}): string {
  const { nodeAccess, controllerRoleArn } = options;
  const { namespace, serviceAccount } = CONTROLLER;
  const steps = [
    ...(nodeAccess === 'none' ? [lettingNodesJoin(options)] : []),
    `Apply the controller and the default Provisioner, or let Argo CD or Flux sync the same folders.
   kubectl apply --server-side -f manifests/crds
   kubectl apply -k manifests/overlays/dev
   kubectl annotate serviceaccount -n ${namespace} ${serviceAccount} eks.amazonaws.com/role-arn=${controllerRoleArn}
   kubectl rollout restart deployment -n ${namespace} karpenter`,
    `Watch it decide.
   kubectl logs -f -n ${namespace} -l karpenter=controller`,
  ];
  return steps.map((step, index) => `${index + 1}. ${step}\n`).join('');
}

function lettingNodesJoin(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly authenticationMode: AuthenticationMode;
  readonly nodeRoleArn: string;
}): string {
  const { clusterName, region, authenticationMode, nodeRoleArn } = options;
  const command =
    authenticationMode === 'CONFIG_MAP'
      ? `eksctl create iamidentitymapping --region ${region} --cluster ${clusterName} --arn ${nodeRoleArn} \\
     --username 'system:node:{{EC2PrivateDNSName}}' --group system:bootstrappers --group system:nodes`
      : `aws eks create-access-entry --region ${region} --cluster-name ${clusterName} --type EC2_LINUX --principal-arn ${nodeRoleArn}`;
  return `Let the nodes join (once).\n   ${command}`;
}
