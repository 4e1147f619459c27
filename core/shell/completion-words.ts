/** Subcommands and flags that Tab offers. */

const words = (text: string): readonly string[] => text.split(" ");

export const COMMAND_WORDS: Readonly<Record<string, readonly string[]>> = {
  etcdctl: words(
    "alarm auth check compaction defrag del downgrade elect endpoint get help lease lock make-mirror member move-leader put role snapshot txn user version watch",
  ),
  "etcdctl alarm": words("disarm list"),
  "etcdctl auth": words("disable enable status"),
  "etcdctl check": words("datascale perf"),
  "etcdctl endpoint": words("hashkv health status"),
  "etcdctl lease": words("grant keep-alive list revoke timetolive"),
  "etcdctl member": words("add list promote remove update"),
  "etcdctl role": words("add delete get grant-permission list revoke-permission"),
  "etcdctl snapshot": words("save"),
  "etcdctl user": words("add delete get grant-role list passwd revoke-role"),
  etcdutl: words("defrag hashkv migrate snapshot version"),
  "etcdutl snapshot": words("restore status"),
  systemctl: words("cat daemon-reload disable enable is-active is-enabled is-failed kill list-unit-files list-units reset-failed restart show start status stop"),
  fault: words("bandwidth cut delay duplicate failing-disk full-disk heal isolate kill list loss pause reorder resume slow-disk undo"),
};

export const FLAG_WORDS: Readonly<Record<string, readonly string[]>> = {
  etcdctl: words(
    "--cacert= --cert= --command-timeout= --consistency= --count-only --data-dir= --dial-timeout= --endpoints= --from-key --hex --ignore-lease " +
      "--ignore-value --initial-advertise-peer-urls= --initial-cluster= --initial-cluster-token= --key= --keys-only --lease= --learner --limit= " +
      "--name= --order= --peer-urls= --prefix --prev-kv --print-value-only --rev= --skip-hash-check --sort-by= --user= --write-out= --cluster",
  ),
  etcdutl: words(
    "--data-dir= --initial-advertise-peer-urls= --initial-cluster= --initial-cluster-token= --name= --skip-hash-check --write-out= --bump-revision= --mark-compacted --rev=",
  ),
  journalctl: words("-u -f -n --since --until --no-pager -r -o"),
};
