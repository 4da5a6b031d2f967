/** Control characters, and those that turn the direction of writing, of a name or a line of a file must not reach a terminal. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '?');
