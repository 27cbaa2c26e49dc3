/** Returns a list of so many zeros. */
export function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
