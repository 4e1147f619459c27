etcdutl snapshot restore /root/nightly.db --data-dir /tmp/scratch
etcd --data-dir /tmp/scratch --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380 > /tmp/scratch.log 2>&1 &
until etcdctl --endpoints=http://127.0.0.1:12379 endpoint health; do sleep 0.5; done
for key in $(etcdctl --endpoints=http://127.0.0.1:12379 get --prefix /config/{{team}}/ --keys-only); do etcdctl put $key $(etcdctl --endpoints=http://127.0.0.1:12379 get --print-value-only $key); done
kill %1
etcdctl get --prefix /config/{{team}}/
