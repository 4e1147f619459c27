drill writes 5
for round in 1 2 3 4 5 6; do drill fill /{{topic}}/ 10 200000 2> /dev/null || break; done
until etcdctl alarm list | grep -q NOSPACE; do sleep 0.2; done
