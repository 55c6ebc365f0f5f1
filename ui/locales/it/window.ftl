# I menu della finestra.
menu-about = Informazioni su Lanterna
menu-quit = Esci
menu-view = Vista
menu-zoom-in = Ingrandisci
menu-zoom-out = Riduci
menu-zoom-normal = Dimensione normale
menu-full-screen = Schermo intero
menu-edit = Modifica
menu-cut = Taglia
menu-copy = Copia
menu-paste = Incolla
menu-select-all = Seleziona tutto
about-what = Prenotazione di prestazioni specialistiche attraverso il CUP, anche quando il CUP non risponde.
notice-urgent-title = Lanterna: una prenotazione urgente va risolta
notice-urgent-body = Un posto di classe U o B è stato perso. Apri la Coda.
