# title: It runs, I can see it
# fails: service because /no unit etcd/
# fails: folder because /it exits with/
# costs: etcd runs in the background of a shell, with its data in default.etcd where that shell happened to stand. After the next boot there is neither.
tar -xzf /opt/etcd-v3.6.14-linux-amd64.tar.gz -C /opt
cp /opt/etcd-v3.6.14-linux-amd64/* /usr/local/bin/
etcd --listen-client-urls {{m1.client}} --advertise-client-urls {{m1.client}} --listen-peer-urls {{m1.peer}} > /dev/null 2>&1 &
until etcdctl endpoint health; do sleep 0.5; done
etcdctl put /{{key}} installed
