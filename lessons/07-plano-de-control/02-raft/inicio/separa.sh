# Leaves Raft's leader and the scheduler's permit on different masters: whoever has both is cut off until the others have
# elected, and comes back before its permit runs out. At the clock's own pace, or there would be no time for that.
lider() { curso master | awk '$2 == "líder" && $3 != "(aislado)" { print $1 }'; }
titular() { kubectl get lease kube-scheduler -n kube-system -o jsonpath='{.spec.holderIdentity}' | cut -d_ -f1; }

curso reloj velocidad 1
for vuelta in 1 2 3 4 5; do
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -n "$(titular)" ] && [ -n "$(lider)" ] && break
    sleep 0.5
  done
  actual=$(lider)
  [ "$actual" != "$(titular)" ] && break
  curso master "$actual" aislar
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    [ -n "$(lider)" ] && break
    sleep 0.2
  done
  curso master "$actual" reconectar
done
