import { describe, expect, it } from "vitest";
import { hashNow, keyOf, parseBcrypt, sameDigest } from "./bcrypt.ts";
import { bcryptEngine } from "./engine.ts";

const engine = bcryptEngine();

function matches(hash: string, password: Buffer | string): boolean {
  const parsed = parseBcrypt(Buffer.from(hash));
  return parsed !== undefined && sameDigest(parsed, engine(keyOf(Buffer.from(password)), parsed.salt, parsed.cost));
}

describe("bcrypt", () => {
  // of OpenBSD's and Openwall's implementations
  it.each([
    ["$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"],
    ["$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"],
    ["$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""],
    ["$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"],
    ["$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"],
    ["$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", "abc"],
    ["$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC", "abcdefghijklmnopqrstuvwxyz"],
    ["$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO", "~!@#$%^&*()      ~!@#$%^&*()PNBFRD"],
  ])("takes %s", (hash, password) => {
    expect(matches(hash, password)).toBe(true);
    expect(matches(hash, `x${password}`)).toBe(false);
  });

  it("reads bytes above 127 as they are", () => {
    expect(matches("$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", Buffer.from([0xa3]))).toBe(true);
    expect(matches("$2a$04$46ARppCz3i0sZXUMhF/jZ.tcYC/1QPJdiZcNnfKS762FbtkA5esdO", Buffer.from([0xff, 0xff, 0xa3]))).toBe(true);
  });

  // made by Go's golang.org/x/crypto/bcrypt
  it.each([
    ["", "$2a$04$lTClzw32VQK4hYE4dWiBl.9IXqs.icXOCgiTV37T9xX1YoMFq2l4i"],
    ["a", "$2a$04$tuN7LOx8MQ7KW4LHFCCbDuVR7ls1Jg5eOUj6vDviiyHeThGGw4tQK"],
    ["rootpw", "$2a$04$g5t5d1PW60w25C6g3RaR/.cK/Wube9oSZTFvKur/JO8ET1G4H1t/O"],
    ["pässwörd", "$2a$04$u7zMOpjDl4MRDE1mho6rL.gy7Ycpcry.Cxr1.hsNDFqZ6tyTsqEoi"],
    ["012345678901234567890123456789012345678901234567890123456789012345678901", "$2a$04$TPaYWTeDY7lbsJCMsnfXb.mXQsqTs56RruFacxlyyCw3jdquHF6NC"],
  ])("knows the password %s in Go's hash", (password, hash) => {
    expect(matches(hash, password)).toBe(true);
  });

  it("writes hashes that it reads again, with the salt it was given", () => {
    const salt = Buffer.from("0123456789abcdef");
    const hash = hashNow(engine, Buffer.from("secret"), 4, salt).toString();
    expect(hash).toMatch(/^\$2a\$04\$[./A-Za-z0-9]{53}$/);
    expect(parseBcrypt(Buffer.from(hash))?.salt).toEqual(salt);
    expect([matches(hash, "secret"), matches(hash, "Secret")]).toEqual([true, false]);
  });

  it("refuses a new password beyond 72 bytes in Go's words", () => {
    expect(() => hashNow(engine, Buffer.alloc(73, "a"), 4, Buffer.alloc(16))).toThrow("bcrypt: password length exceeds 72 bytes");
  });

  it.each(["", "$2a$10$short", "$1$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2a$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"])(
    "sees no hash in %j",
    (text) => expect(parseBcrypt(Buffer.from(text))).toBeUndefined(),
  );
});
