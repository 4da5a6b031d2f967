/** Shorter lines of a secret (`}`, `-----`) are no secret of their own. */
const SHORTEST_LINE = 6;
/** Where tools wrap what they encode. */
const BASE64_WIDTHS = [76, 64];
const HEX_WIDTHS = [60];

const hexOf = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const inUrls = (text: string): string[] => {
  const component = encodeURIComponent(text);
  const strict = component.replaceAll(/[!'()*]/g, hexOf);
  const form = strict.replaceAll('%20', '+').replaceAll('~', '%7E');
  const forms = [component, strict, form, strict.replaceAll('%2F', '/')];
  return forms.flatMap((each) => [each, each.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
};

const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** As the usual writers do, and once more for JSON in JSON. */
const inJson = (text: string): string[] => {
  const plain = JSON.stringify(text).slice(1, -1);
  return [
    plain,
    plain.replaceAll(/[\u0080-\uffff]/g, unicode),
    plain.replaceAll(/[<>&]/g, unicode),
    plain.replaceAll('/', '\\/'),
    JSON.stringify(plain).slice(1, -1),
  ];
};

const ENTITIES = new Map([...'&<>"'].map((character, n) => [character, ['&amp;', '&lt;', '&gt;', '&quot;'][n] ?? '']));
const inMarkup = (text: string): string[] => {
  const escaped = text.replaceAll(/[&<>"]/g, (character) => ENTITIES.get(character) ?? '');
  return [escaped, ...['&#39;', '&#x27;', '&apos;'].map((quote) => escaped.replaceAll("'", quote))];
};

/** Within quotes of each kind, as `set -x` and others show words; and by backslashes alone. */
const inShells = (text: string): string[] => [
  text.replaceAll("'", "'\\''"),
  text.replaceAll("'", `'"'"'`),
  text.replaceAll(/["$`\\]/g, (character) => `\\${character}`),
  text.replaceAll(/[^\w@%+=:,./\n-]/g, (character) => `\\${character}`),
  text.replaceAll(/[\\'\n\t\r]/g, (character) => JSON.stringify(character).slice(1, -1).replace(/^'/, "\\'")),
];

const wrapped = (text: string, widths: readonly number[]): string[] =>
  widths
    .filter((width) => text.length > width)
    .flatMap((width) => {
      const lines = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      return [lines.join('\n'), ...lines.filter(({ length }) => length >= SHORTEST_LINE)];
    });

const inHex = (bytes: Buffer): string[] => {
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase(), ...wrapped(hex, HEX_WIDTHS)];
};

/**
 * In base64 a text looks in three ways, by where it stands among what is encoded with it: here only the characters that
 * hold nothing else. The last ones are known too where it is the end, alone or with the newline of `echo`.
 */
const inBase64 = (bytes: Buffer): string[] => {
  const places = [0, 1, 2].map((before) => {
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    const ends = ['', '\n'].map((end) =>
      Buffer.concat([Buffer.alloc(before), bytes, Buffer.from(end)]).toString('base64'),
    );
    const whole = ends.map((text) => text.slice(first));
    return { whole, inner: whole.map((text) => text.slice(0, last - first)) };
  });
  const standard = places.flatMap(({ whole, inner }) => [
    ...[...inner, ...whole],
    ...whole.map((text) => text.replace(/=+$/, '')),
  ]);
  const lines = places[0]?.whole.flatMap((text) => wrapped(text, BASE64_WIDTHS)) ?? [];
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), ...lines];
};

const formsOf = (text: string): string[] => {
  const bytes = Buffer.from(text);
  return [
    text,
    text.replaceAll(/\r?\n/g, '\r\n'),
    text.replaceAll('\r\n', '\n'),
    text.split(/\s+/).join(' '), // what `echo $SECRET` makes of it
    ...inShells(text),
    ...inJson(text),
    ...inUrls(text),
    ...inMarkup(text),
    ...inHex(bytes),
    ...inBase64(bytes),
  ];
};

/**
 * The forms in which a secret is to be kept out of a log: as it is and in its obvious encodings, whole and by the line. Space
 * around it is none of it: no form begins with what often stands at the end of an output.
 */
export const patternsOf = (value: string): ReadonlySet<string> => {
  const core = value.trim();
  const lines = core.split('\n').map((line) => line.trim());
  const parts = lines.length > 1 ? lines.filter(({ length }) => length >= SHORTEST_LINE) : [];
  const forms = new Set([core, ...parts].flatMap(formsOf));
  forms.delete('');
  return forms;
};
