import { toOperationError, unexpectedAnswer } from './errors.ts';

/** DescribeInstanceTypes takes no more a page. */
export const PAGE_SIZE_TYPES = 100;
/** Five times the longest list that EC2 has in one region (spot prices: some 20 pages of 1,000); more is a loop of tokens. */
const PAGES_MAX = 500;

/** All items of all pages, in order; complete, or an OperationError that names the action. */
export async function collectPages<Page, Item>(
  action: string,
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let pageCount = 0;
  try {
    for await (const page of pages) {
      pageCount += 1;
      if (pageCount > PAGES_MAX) throw unexpectedAnswer(`${action}: no end after ${PAGES_MAX} pages`);
      items.push(...(itemsOf(page) ?? []));
    }
  } catch (error) {
    throw toOperationError(error, action);
  }
  return items;
}
