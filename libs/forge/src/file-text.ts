import { FileTooLarge } from '#errors';

/** Reads a stream as UTF-8, and gives up as soon as it is too long. @throws FileTooLarge */
export const readText = async (chunks: AsyncIterable<Uint8Array>, path: string, maxBytes: number): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new FileTooLarge(path, maxBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};
