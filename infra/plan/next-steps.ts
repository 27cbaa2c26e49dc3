import { CONTROLLER } from './names.ts';

/** What is left to do by hand after `pulumi up`, as commands to paste. */
export function nextSteps(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly nodeRoleArn: string;
  readonly controllerRoleArn: string;
}): string {
  const { clusterName, region, nodeRoleArn, controllerRoleArn } = options;
  const { namespace, serviceAccount } = CONTROLLER;
  return `1. Let the nodes join (once). Where the cluster has no access entries: eksctl create iamidentitymapping, as on the page.
   aws eks create-access-entry --region ${region} --cluster-name ${clusterName} --type EC2_LINUX --principal-arn ${nodeRoleArn}
2. Apply the controller and the default Provisioner, or let Argo CD or Flux sync the same folders.
   kubectl apply --server-side -f manifests/crds
   kubectl apply -k manifests/overlays/dev
   kubectl annotate serviceaccount -n ${namespace} ${serviceAccount} eks.amazonaws.com/role-arn=${controllerRoleArn}
   kubectl rollout restart deployment -n ${namespace} karpenter
3. Watch it decide.
   kubectl logs -f -n ${namespace} -l karpenter=controller
`;
}
