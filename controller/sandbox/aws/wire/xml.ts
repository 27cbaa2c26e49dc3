/** What an XML answer is made of: records become elements, lists become `<item>`s, undefined is left out. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | XmlRecord;

export interface XmlRecord {
  readonly [element: string]: XmlValue;
}

/** The record's elements as XML, in the record's order. */
export function toXml(record: XmlRecord): string {
  return Object.entries(record)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<XmlValue, undefined>): string {
  if (isList(value)) return value.map((item) => element('item', item)).join('');
  return typeof value === 'object' ? toXml(value) : escapeXml(String(value));
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes markup; control characters, which XML 1.0 cannot hold, become U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark).replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
}
