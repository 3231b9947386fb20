FROM busybox:1.37
LABEL curso-k8s="@{intento}" tanda="segunda" pan="@{nombre}"
RUN echo 'segunda tanda' > /tanda.txt
