/** As IAM, EC2, ECR and EventBridge write them. */
export const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The reverse. */
export const tagRecord = (
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** What to remove and what to set, so that `olds` become `news`. */
export function tagChanges(olds: Readonly<Record<string, string>>, news: Readonly<Record<string, string>>) {
  return {
    removed: Object.keys(olds).filter((key) => !(key in news)),
    set: Object.fromEntries(Object.entries(news).filter(([key, value]) => olds[key] !== value)),
  };
}
