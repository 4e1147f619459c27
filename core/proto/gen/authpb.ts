/** Users, roles and permissions as stored (etcd api, authpb).
 * Generated from schema/authpb.proto by tools/protogen; do not edit. */
import { EMPTY, codec, readDelimited, sizeBytes, sizeDelimited, sizeInt, sizeString, type Codec, type EnumType } from "../wire.ts";

export interface UserAddOptions {
  noPassword: boolean;
}
export const UserAddOptions: Codec<UserAddOptions> = codec<UserAddOptions>({
  name: "authpb.UserAddOptions",
  fields: [
    { no: 1, name: "no_password", key: "noPassword", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ noPassword: false, ...init }),
  size(message) {
    let size = 0;
    if (message.noPassword) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.noPassword) { writer.uint(8); writer.bool(message.noPassword); }
  },
  read(reader, end) {
    const message = UserAddOptions.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.noPassword = reader.bool(end);
          break;
        default:
          reader.skip(key, end, UserAddOptions);
      }
    }
    return message;
  },
});

export interface User {
  name: Buffer;
  password: Buffer;
  roles: string[];
  options: UserAddOptions | undefined;
}
export const User: Codec<User> = codec<User>({
  name: "authpb.User",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "password", key: "password", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "roles", key: "roles", kind: "string", repeated: true, optional: false, big: false },
    { no: 4, name: "options", key: "options", kind: "message", repeated: false, optional: true, big: false, message: () => UserAddOptions as Codec<unknown> },
  ],
  create: (init) => ({ name: EMPTY, password: EMPTY, roles: [], options: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    if (message.password.length > 0) size += 1 + sizeBytes(message.password);
    for (const item of message.roles) size += 1 + sizeString(item);
    if (message.options !== undefined) size += 1 + sizeDelimited(UserAddOptions.size(message.options));
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
    if (message.password.length > 0) { writer.uint(18); writer.bytes(message.password); }
    for (const item of message.roles) { writer.uint(26); writer.string(item); }
    if (message.options !== undefined) { writer.uint(34); writer.uint(UserAddOptions.size(message.options)); UserAddOptions.write(message.options, writer); }
  },
  read(reader, end) {
    const message = User.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        case 18:
          message.password = reader.bytes(end);
          break;
        case 26:
          message.roles.push(reader.string(end));
          break;
        case 34:
          message.options = readDelimited(UserAddOptions, reader, end);
          break;
        default:
          reader.skip(key, end, User);
      }
    }
    return message;
  },
});

export const Permission_Type = {
  READ: 0,
  WRITE: 1,
  READWRITE: 2,
} as const;
export const Permission_TypeEnum: EnumType = { name: "authpb.Permission.Type", values: Permission_Type };

export interface Permission {
  permType: number;
  key: Buffer;
  rangeEnd: Buffer;
}
export const Permission: Codec<Permission> = codec<Permission>({
  name: "authpb.Permission",
  fields: [
    { no: 1, name: "permType", key: "permType", kind: "enum", repeated: false, optional: false, big: false, enumeration: Permission_TypeEnum },
    { no: 2, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ permType: 0, key: EMPTY, rangeEnd: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.permType !== 0) size += 1 + sizeInt(message.permType);
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rangeEnd.length > 0) size += 1 + sizeBytes(message.rangeEnd);
    return size;
  },
  write(message, writer) {
    if (message.permType !== 0) { writer.uint(8); writer.int(message.permType); }
    if (message.key.length > 0) { writer.uint(18); writer.bytes(message.key); }
    if (message.rangeEnd.length > 0) { writer.uint(26); writer.bytes(message.rangeEnd); }
  },
  read(reader, end) {
    const message = Permission.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.permType = reader.int(end);
          break;
        case 18:
          message.key = reader.bytes(end);
          break;
        case 26:
          message.rangeEnd = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, Permission);
      }
    }
    return message;
  },
});

export interface Role {
  name: Buffer;
  keyPermission: Permission[];
}
export const Role: Codec<Role> = codec<Role>({
  name: "authpb.Role",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "keyPermission", key: "keyPermission", kind: "message", repeated: true, optional: false, big: false, message: () => Permission as Codec<unknown> },
  ],
  create: (init) => ({ name: EMPTY, keyPermission: [], ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    for (const item of message.keyPermission) size += 1 + sizeDelimited(Permission.size(item));
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
    for (const item of message.keyPermission) { writer.uint(18); writer.uint(Permission.size(item)); Permission.write(item, writer); }
  },
  read(reader, end) {
    const message = Role.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        case 18:
          message.keyPermission.push(readDelimited(Permission, reader, end));
          break;
        default:
          reader.skip(key, end, Role);
      }
    }
    return message;
  },
});
