import { Buffer } from 'node:buffer';
import { templateUnresolved } from './errors.ts';
import type { ImageFamily } from './image-families.ts';
import type { NodeBoot } from './node-boot.ts';
import { bottlerocketUserData } from './user-data-bottlerocket.ts';
import { eksBootstrapUserData } from './user-data-eks-bootstrap.ts';
import { nodeadmUserData } from './user-data-nodeadm.ts';

/** EC2's own limit, before base64. */
const USER_DATA_BYTES_MAX = 16 * 1_024;

/** User data that boots an image of the family as a node, base64. `template-unresolved` when it cannot be made or is too long. */
export function userDataBase64(family: ImageFamily, boot: NodeBoot): string {
  const bytes = Buffer.from(userData(family, boot));
  if (bytes.length > USER_DATA_BYTES_MAX) {
    throw templateUnresolved(`user data is ${bytes.length} bytes long, EC2 takes ${USER_DATA_BYTES_MAX}`);
  }
  return bytes.toString('base64');
}

function userData(family: ImageFamily, boot: NodeBoot): string {
  switch (family.userDataFormat) {
    case 'eks-bootstrap':
      return eksBootstrapUserData(boot, family);
    case 'nodeadm':
      return nodeadmUserData(boot);
    case 'bottlerocket':
      return bottlerocketUserData(boot);
    case 'verbatim':
      return boot.customUserData ?? '';
  }
}
