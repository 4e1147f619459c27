# title: The status is fine, so the file is fine
# fails: answer because /says {{c}}\.db/
# costs: The status of a file with a flipped bit looks like any other. The restore refuses it, in the night in which you need it, or brings back a value that nobody wrote if it was told to skip the digest.
for name in {{d}} {{c}} {{b}} {{a}}; do
  if etcdutl snapshot status /backup/$name.db; then echo $name.db > /root/answer.txt; break; fi
done
