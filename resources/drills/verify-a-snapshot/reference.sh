for name in {{d}} {{c}} {{b}} {{a}}; do
  etcdutl snapshot status /backup/$name.db || continue
  if etcdutl snapshot restore /backup/$name.db --data-dir /tmp/try-$name; then echo $name.db > /root/answer.txt; break; fi
done
