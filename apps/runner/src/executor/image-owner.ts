/** Who the processes of an image run as. */
export type Owner = Readonly<{ uid: number; gid: number }>;

export const ROOT: Owner = { uid: 0, gid: 0 };

const column = (table: string, name: string, index: number): number | undefined => {
  const row = table
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name || fields[2] === name);
  return row?.[index] === undefined ? undefined : Number(row[index]);
};

/**
 * The owner for an image's `USER` (`name`, `uid`, each with or without `:group`), by the image's own `/etc/passwd` and
 * `/etc/group`, as the engine reads them; undefined when it names a user or group that is not in there.
 */
export const ownerOf = (user: string, passwd: string, groups: string): Owner | undefined => {
  const [name = '', group] = user.split(':');
  const number = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
  const uid = name === '' ? 0 : (column(passwd, name, 2) ?? number(name));
  const gid = group ? (column(groups, group, 2) ?? number(group)) : (column(passwd, name, 3) ?? 0);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
};

/** Nothing need be looked up or handed over for these. */
export const isRoot = (user: string): boolean => /^(root|0)?(:(root|0)?)?$/.test(user);
