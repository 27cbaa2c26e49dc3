/** What an XML answer is made of: records become elements, lists hold one element a member, undefined is left out. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | XmlRecord;

export interface XmlRecord {
  readonly [element: string]: XmlValue;
}

/** The record's elements as XML, in the record's order. Lists hold `listElement`s. */
export function toXml(record: XmlRecord, listElement: 'item' | 'member' = 'item'): string {
  return Object.entries(record)
    .map(([name, value]) => element(name, value, listElement))
    .join('');
}

function element(name: string, value: XmlValue, listElement: 'item' | 'member'): string {
  if (value === undefined) return '';
  return `<${name}>${content(value, listElement)}</${name}>`;
}

function content(value: Exclude<XmlValue, undefined>, listElement: 'item' | 'member'): string {
  if (isList(value)) return value.map((item) => element(listElement, item, listElement)).join('');
  return typeof value === 'object' ? toXml(value, listElement) : escapeXml(String(value));
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes markup; control characters, which XML 1.0 cannot hold, become U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark).replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
}
