/** The EC2 instance id in a provider id (`aws:///<zone>/<instance id>`); undefined when it has another form. */
export function instanceIdOf(providerId: string | undefined): string | undefined {
  return /^aws:\/\/\/[^/]+\/(i-[0-9a-z]+)$/.exec(providerId ?? '')?.[1];
}
