/** How the image starts Node, as its Dockerfile says. */
export const IMAGE_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--disable-sigusr1'];
export const IMAGE_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };

/** The heap's limit (MiB) that Node gives itself in a container with the Deployment's limit: half of it. Out of one, it is told. */
export const HEAP_MIB_MAX = 512;
