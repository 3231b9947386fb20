FROM busybox:1.37
LABEL curso-k8s="@{intento}" tanda="primera" pan="@{nombre}"
RUN echo 'primera tanda' > /tanda.txt
