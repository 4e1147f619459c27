/**
 * Why tests of etcd 3.4's end-to-end suite fail with our programs where the real 3.4 ones pass: what 3.6 decided otherwise. A test that
 * is not in this list and fails is a defect, or the machine was too slow for the suite's own limits (15 s for a command).
 */

const rangeDeletion = "3.6 decided otherwise: del of a range without --range warns and waits 2 s";
const liveKeys = "3.6 decided otherwise: snapshot status counts the live keys, not all records of all buckets";

const noErrorField = '3.6 decided otherwise: errors of the gateway have no field "error" any more';
const failsToo = "3.6 decided otherwise: real 3.6.14 fails here too";
const killedBeforeCommit =
  "3.6 decided otherwise: raft of 3.6 commits a lone member's entry after its disk has it and notes that with the next sync; the test kills the member (kill -9) right after the put, and --force-new-cluster drops what the log does not know to be committed and the database, up to 100 ms later, has not";

export const reasons: Readonly<Record<string, string>> = {
  TestCtlV2BackupV3: killedBeforeCommit,
  TestCtlV2BackupV3Snapshot: killedBeforeCommit,
  TestCtlV3Alarm: '3.6 decided otherwise: /health tells the reason beside "false"',
  TestCtlV3AuthSnapshot: liveKeys,
  TestCtlV3AuthSnapshotJWT: liveKeys,
  TestCtlV3Snapshot: liveKeys,
  TestCtlV3Del: rangeDeletion,
  TestCtlV3DelNoTLS: rangeDeletion,
  TestCtlV3DelClientTLS: rangeDeletion,
  TestCtlV3DelPeerTLS: rangeDeletion,
  TestCtlV3DelTimeout: rangeDeletion,
  TestCtlV3MemberAddForLearner: '3.6 decided otherwise: a learner is "added as learner to cluster", the test wants "added to cluster"',
  TestCtlV3Migrate: "3.6 decided otherwise: etcdctl migrate (v2 store to v3) is gone; v2 keys live in the v3 store here",
  TestCtlV3Elect: failsToo,
  TestCtlV3Lock: '3.6 decided otherwise: a waiting lock that is interrupted ends with "context canceled"',
  TestV3MetricsSecure: failsToo,
  TestV3MetricsInsecure: failsToo,
  TestV3CurlCipherSuitesValid: failsToo,
  TestV3CurlTxn: noErrorField,
  TestV3CurlAuth: noErrorField,
  TestV3CurlAuthClientTLSCertAuth: noErrorField,
  TestV3CurlProclaimMissiongLeaderKeyNoTLS: noErrorField,
  TestV3CurlResignMissiongLeaderKeyNoTLS: noErrorField,
  TestCtlV3Version: "3.6 decided otherwise: the test wants 3.4.23, our programs say 3.6.14",
};
