// Loaded before the program. Plain JavaScript, because the Node that it is for cannot read TypeScript.
import module from 'node:module';

// 22.18 is the first line that runs TypeScript sources unasked; what is tested is the Node that package-lock.json pins.
const NEEDED = { major: 22, minor: 18 };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED.major || (major === NEEDED.major && minor < NEEDED.minor)) {
  console.error(`karpenter-gitops needs Node ${NEEDED.major}.${NEEDED.minor} or newer for pulumi; this is ${process.versions.node}. \
Put node_modules/.bin first on the PATH to use the one that npm ci has installed.`);
  process.exit(1);
}
// The SDKs are megabytes of sources. Compiled code is kept in the temporary folder, so that a second run need not compile them again.
module.enableCompileCache?.();
