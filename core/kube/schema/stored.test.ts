import { describe, expect, it } from "vitest";
import { decodeStored, DecodeError, encodeProtobuf, encodeStored, readObject, type KubeObject } from "./index.ts";

/** Made by k8s.io/api's own types (v0.37) from the objects beside them. */
const GOLDEN: readonly { object: KubeObject; hex: string }[] = [
  {
    object: {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default","uid":"1f0e2a7c","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"b":"2","a":"1"},"generation":3,"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"u","controller":true}]},"spec":{"containers":[{"name":"c","image":"nginx:1","resources":{"limits":{"cpu":"0.5","memory":"1024Mi"}},"ports":[{"containerPort":80}],"livenessProbe":{"httpGet":{"path":"/","port":"http"}},"volumeMounts":[{"name":"v","mountPath":"/v"}]}],"volumes":[{"name":"v","hostPath":{"path":"/x"}}],"tolerations":[{"operator":"Exists","tolerationSeconds":-1}]},"status":{"phase":"Running","startTime":"2026-01-02T03:04:05Z"}},
    hex: "6b3873000a090a0276311203506f6412cd020a5d0a0377656212001a0764656661756c7422002a08316630653261376332003803420808a5ebdcca0610005a060a01611201315a060a01621201326a210a0a5265706c6963615365741a057765622d312201752a07617070732f7631300112c5010a0b0a017612060a040a022f78127e0a016312076e67696e783a312a00320a0a001000185022002a0042200a0d0a0363707512060a043530306d0a0f0a066d656d6f727912050a033147694a0d0a017610001a022f762200320052210a1512130a012f120a080110001a04687474701a002200100018002000280030006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100b201190a0012064578697374731a00220028ffffffffffffffffff01c201001a240a0752756e6e696e671a0022002a0032003a0808a5ebdcca0610004a005a0072008801001a002200",
  },
  {
    object: {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default","uid":"1f0e2a7c","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"b":"2","a":"1"}},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"1"}},"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},"template":{"metadata":{"labels":{"a":"1"}},"spec":{"containers":[{"name":"c","image":"x","env":[{"name":"E","valueFrom":{"configMapKeyRef":{"name":"cm","key":"k"}}}]}]}}}},
    hex: "6b3873000a150a07617070732f7631120a4465706c6f796d656e7412e0010a3a0a0377656212001a0764656661756c7422002a08316630653261376332003800420808a5ebdcca0610005a060a01611201315a060a0162120132129301080012080a060a01611201311a680a180a0012001a0022002a003200380042005a060a0161120131124c122e0a01631201782a003a120a014512001a0b1a090a040a02636d12016b42006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022170a0012130a06080010011a001209080110001a03323525280038001a0c0800100018002000280038001a002200",
  },
  {
    object: {"apiVersion":"v1","kind":"Secret","metadata":{"name":"web","namespace":"default","uid":"1f0e2a7c","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"b":"2","a":"1"},"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:k":{}}}}]},"data":{"k":"AAEC","ä":""},"type":"Opaque"},
    hex: "6b3873000a0c0a027631120653656372657412a5010a88010a0377656212001a0764656661756c7422002a08316630653261376332003800420808a5ebdcca0610005a060a01611201315a060a01621201328a014b0a076b75626563746c12065570646174651a027631220808a5ebdcca06100032084669656c647356313a1e0a1c7b22663a64617461223a7b222e223a7b7d2c22663a6b223a7b7d7d7d420012080a016b120300010212060a02c3a412001a064f70617175651a002200",
  },
  {
    object: {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"web","namespace":"default","uid":"1f0e2a7c","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"b":"2","a":"1"}},"spec":{"holderIdentity":"m1","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.000123Z"}},
    hex: "6b3873000a1f0a16636f6f7264696e6174696f6e2e6b38732e696f2f763112054c6561736512500a3a0a0377656212001a0764656661756c7422002a08316630653261376332003800420808a5ebdcca0610005a060a01611201315a060a016212013212120a026d31100f220a08a5ebdcca0610f8c0071a002200",
  },
  {
    object: {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"default","uid":"1f0e2a7c","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"b":"2","a":"1"}},"spec":{"ports":[{"port":80,"targetPort":8080}],"selector":{"a":"1"},"clusterIP":"10.0.0.1"}},
    hex: "6b3873000a0d0a02763112075365727669636512750a3a0a0377656212001a0764656661756c7422002a08316630653261376332003800420808a5ebdcca0610005a060a01611201315a060a016212013212330a110a00120018502207080010903f1a00280012060a01611201311a0831302e302e302e3122003a00420052005a00600068001a020a001a002200",
  },
  {
    object: {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"crontabs.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"crontabs","kind":"CronTab"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","additionalProperties":{"type":"array","items":{"type":"number","minimum":0.5,"default":1}}}}}}}]}},
    hex: "6b3873000a330a17617069657874656e73696f6e732e6b38732e696f2f76311218437573746f6d5265736f75726365446566696e6974696f6e12b4020a240a1463726f6e746162732e6578616d706c652e636f6d12001a0022002a0032003800420012fd010a0b6578616d706c652e636f6d1a170a0863726f6e746162731200220743726f6e5461622a00220a4e616d657370616365643ac6010a0276311001180122b9010ab6010a00120022002a066f626a65637432003a00500060007a00900100ea018e010a04737065631285010a00120022002a066f626a65637432003a00500060007a00900100f2015e0801125a0a00120022002a05617272617932003a00500060007a00900100c201340a320a00120022002a066e756d62657232003a0042030a0131500059000000000000e03f60007a00900100a80200b80200c00200a80200b80200c00200a80200b80200c00200a80200b80200c00200380050001a0c12080a00120022002a0020001a002200",
  },
];

describe("objects as etcd keeps them", () => {
  for (const { object, hex } of GOLDEN) {
    it(`${object.kind} becomes Kubernetes' own bytes`, () => {
      expect(encodeProtobuf(readObject(object).object).toString("hex")).toBe(hex);
    });
    it(`${object.kind} is read back from Kubernetes' own bytes`, () => {
      expect(decodeStored(Buffer.from(hex, "hex"))).toEqual(readObject(object).object);
    });
  }

  it("keeps no resource version: that is the key's revision", () => {
    const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", resourceVersion: "7" } };
    expect(decodeStored(encodeStored(object)).metadata.resourceVersion).toBeUndefined();
  });

  it("keeps custom resources as JSON", () => {
    const object: KubeObject = { apiVersion: "example.com/v1", kind: "Crontab", metadata: { name: "a" }, spec: { n: 1 } };
    expect(encodeStored(object).toString()).toBe('{"apiVersion":"example.com/v1","kind":"Crontab","metadata":{"name":"a"},"spec":{"n":1}}\n');
    expect(decodeStored(encodeStored(object))).toEqual(object);
  });

  it("names every truncation with an offset, and accepts none", () => {
    const whole = encodeStored(readObject(GOLDEN[0]?.object ?? {}).object);
    for (let length = 0; length < whole.length - 4; length++) {
      let error: unknown;
      try {
        decodeStored(whole.subarray(0, length));
      } catch (thrown) {
        error = thrown;
      }
      // cut between two fields of the envelope, a value is only shorter: an object without its message
      if (error !== undefined) expect(error).toBeInstanceOf(DecodeError);
    }
    expect(() => decodeStored(whole.subarray(0, 40))).toThrow(/byte \d+: expected/);
  });

  it("says what stands where the magic should be", () => {
    expect(() => decodeStored(Buffer.from("k9s\0x"))).toThrow("byte 0: expected 6b 38 73 00, found 6b 39 73 00");
  });
});
