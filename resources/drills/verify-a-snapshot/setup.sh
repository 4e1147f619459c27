mkdir -p /backup
for day in {{a}} {{b}} {{c}} {{d}}; do
  etcdctl put /calendar/today mark-of-$day > /dev/null
  for n in 1 2 3 4 5; do etcdctl put /calendar/$day/$n x > /dev/null; done
  etcdctl snapshot save /backup/$day.db > /dev/null
done
drill damage m1 /backup/{{c}}.db mark-of-{{c}}
head -c 9000 /backup/{{d}}.db > /backup/part && mv /backup/part /backup/{{d}}.db
