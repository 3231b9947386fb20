curso master 2 parar
curso master 3 parar
