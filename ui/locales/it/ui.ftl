# Le parole delle schermate.

app-name = Lanterna
opening = Apertura in corso…
close = Chiudi
filter = Filtra
date-shape = gg/mm/aaaa
date-wrong = Data da scrivere gg/mm/aaaa.
nothing-found = Nessun risultato
loading = Caricamento…
remove = Togli { $what }
document-written = Scritto in { $path }

# Primo avvio
start-title = Primo avvio
start-steps = Passi del primo avvio
start-needs-key = Chiave dell’archivio
start-needs-enrolment = Attivazione
start-first-download = Primo scarico
unlock-title = Sblocco
unlock-explained = L’archivio di questa postazione è cifrato. Lo sblocco funziona anche fuori linea.
unlock-keychain = Questa postazione non ha una frase segreta: la chiave è nel portachiavi del sistema.
unlock-kept = Quel che era scritto è rimasto com’era; la coda continua a partire.
unlock = Sblocca
key-explained = I dati di questa postazione sono cifrati. Scegli una frase segreta di almeno 8 caratteri; senza frase la chiave è custodita dal portachiavi del sistema, se c’è.
passphrase = Frase segreta
make-key = Crea l’archivio
enrol-explained = Il codice di attivazione vale una volta sola e lega questa postazione al CUP.
activation-code = Codice di attivazione
central-url = Indirizzo del CUP
activate = Attiva la postazione
try-demo = Prova con dati dimostrativi
download-running = Scarico delle agende della regione. Si può interrompere: riprende da dove era.
download-figures = { $done } di { $total } ({ $chunks } blocchi su { $all })
download-waiting = Il CUP non risponde: lo scarico riprende da solo appena torna raggiungibile.
set-aside = L’archivio { $file } era danneggiato: è stato conservato come { $kept } e rifatto; righe recuperate: { $rows }.
set-aside-read = Ho letto

# Cornice
screens = Schermate
screen-booking = Prenota
screen-queue = Coda
screen-settings = Impostazioni
desk-of = Postazione { $desk } · { $central }
status-bar = Stato della postazione
keys = Tasti
commands = Comandi
commands-find = Cerca un comando
lock = Blocca
keys-key = Tasto
keys-what = Che cosa fa
letters-title = Lettere, quando un elenco ha il fuoco
letters-on = Attive; si spengono nelle Impostazioni.
letters-off = Spente; si accendono nelle Impostazioni.
letter-c = Posti liberi: calendario
letter-m = Posti liberi: mappa
letter-d = Posti liberi: in ordine di data
letter-k = Posti liberi: in ordine di distanza
letter-s = Posti liberi: in ordine di struttura
letter-queue-s = Coda: sposta la prenotazione aperta
letter-queue-a = Coda: annulla la prenotazione aperta
letter-queue-r = Coda: ristampa il promemoria
command-help = Tasti rapidi
command-new = Nuova prenotazione
command-patient = Vai all’assistito
command-filters = Vai ai filtri
command-sync = Sincronizza ora
command-pane = Riquadro successivo
command-confirm = Conferma
command-palette = Elenco dei comandi
command-print = Stampa il promemoria
command-reprint = Ristampa il promemoria
command-move = Sposta la prenotazione aperta
command-cancel = Annulla la prenotazione aperta
command-screen-booking = Apri Prenota
command-screen-queue = Apri Coda
command-screen-settings = Apri Impostazioni
command-list = Posti liberi: elenco
command-calendar = Posti liberi: calendario
command-map = Posti liberi: mappa
command-clear-filters = Togli i filtri
command-lock = Blocca la postazione
command-zoom-in = Ingrandisci
command-zoom-out = Riduci
command-zoom-normal = Dimensione normale
idle-title = La postazione sta per bloccarsi
idle-explained = Nessuno tocca tasti o mouse: fra { $seconds } secondi la postazione si blocca. Quel che è scritto resta com’è.
idle-stay = Resta al lavoro
keys-title = Tasti rapidi
link-unknown = Collegamento da verificare
link-online = Online
link-sending = In invio
link-offline = Fuori linea – nessuna rete verso il CUP
link-failing = Invio fallito – il CUP risponde con errori
link-protocol = Versione del CUP non compatibile
link-unauthorized = Il CUP non riconosce questa postazione
service-read-only = CUP in sola lettura: si cerca e si mette in coda
service-frozen = CUP in passaggio: le prenotazioni restano qui
service-closed = Prenotazioni chiuse per questo canale
data-old = Dati non recenti
data-very-old = Dati vecchi di oltre un giorno
data-none = Nessun dato scaricato
data-at = Dati { $time } ({ $age })
age-now = ora
age-minutes = { $minutes } min fa
age-hours = { $hours } h fa
age-days = { $days ->
    [one] un giorno
   *[other] { $days } giorni
} fa
status-queued = In coda { $count }
status-to-resolve = Da risolvere { $count }
retry-at = Nuovo tentativo alle { $time }
sync-now = Sincronizza ora
sync-started = Sincronizzazione in corso…
sync-done = Sincronizzato alle { $time }
sync-failed = Non sincronizzato: { $why }
sync-silent = Non ancora sincronizzato: il CUP non ha risposto

# Dimostrazione
demo-band-label = Dimostrazione
demo-band = DIMOSTRAZIONE – centrale e assistiti simulati, tariffe dimostrative
demo-prescription = Ricetta di prova
demo-sheet = Stampa foglio ricette
demo-cut = Stacca rete
demo-restore = Riattacca
demo-second = Seconda postazione
demo-second-explained = Un’altra postazione può unirsi a questa dimostrazione, per esempio per contendere un posto: le servono indirizzo e codice. Non passa dalla rete che si può staccare qui. Il codice vale una volta sola.
demo-shows = Che cosa mostra
demo-patient = DIMOSTRAZIONE – assistito inventato

# Assistito e ricetta
scan-label = Scansiona o scrivi: codice fiscale, NRE, numero di prenotazione
scan-patient = Assistito riconosciuto
scan-nre = NRE completo
scan-half-first = Prima metà dell’NRE: manca la seconda
scan-half-second = Seconda metà dell’NRE: manca la prima
scan-unknown = Testo non riconosciuto: serve un codice fiscale, un NRE o un numero di prenotazione.
scan-outside = Testo arrivato da un collegamento «lanterna:»: controllalo e premi Invio.
scan-offered = Da un collegamento «lanterna:» è arrivato { $text }.
scan-take = Mettilo nel campo
kept-form = C’è una prenotazione lasciata a metà.
kept-take-up = Riprendila
patient = Assistito
patient-go = Codice
patient-id = Codice fiscale, STP, ENI o TEAM
born-in = Nato a { $place }
surname = Cognome
given-name = Nome
birth-date = Data di nascita
sex = Sesso
sex-f = Femmina
sex-m = Maschio
municipality = Comune di residenza
phone = Telefono
prescription = Ricetta
nre = NRE
issued-on = Data della ricetta
access = Accesso
access-first = Primo accesso
access-follow-up = Controllo
class = Classe
class-u = U – 72 ore
class-b = B – 10 giorni
class-d = D – 30/60 giorni
class-p = P – 120 giorni
class-of = Classe { $class }
services = Aggiungi prestazione
services-chosen = Prestazioni della ricetta
exemption = Esenzione
ticket = Ticket
ticket-exempt = Esente
ticket-due = Ticket dimostrativo o presunto { $amount }
valid-until = ricetta valida fino al { $day }
expiring = La ricetta scade fra { $days ->
    [one] un giorno
   *[other] { $days } giorni
}.

# Ricerca
results = Posti liberi
filters = Filtri
views = Come mostrare i posti
results-waiting = Indica almeno una prestazione: la ricerca parte da sola.
results-found = { $count ->
    [one] Un posto
   *[other] { $count } posti
} in { $schedules } agende{ $more ->
    [1] , altri seguono
   *[other] {""}
}
searching = Ricerca…
deadline = entro i tempi fino al { $day }
hidden-by-class = { $count } riservati ad altre classi o accessi
hidden-by-patient = { $count } fuori dai limiti di età o sesso
hidden-by-queue = { $count } già in coda da questa postazione
hidden-by-suspension = { $count } su agende sospese
hidden = Non mostrati:
sort = Ordine
order-written = prima chi è nei tempi, poi per { $by }
sort-date = Data
sort-distance = Distanza
sort-facility = Struttura
from = Dal
to = Al
part-of-day = Orario
any-time = Qualsiasi
morning = Mattina
afternoon = Pomeriggio
within-km = Entro km
organization = Ente
whole-region = Tutta la regione
weekdays = Giorni
weekday-0 = lun
weekday-1 = mar
weekday-2 = mer
weekday-3 = gio
weekday-4 = ven
weekday-5 = sab
weekday-6 = dom
day-0 = lunedì
day-1 = martedì
day-2 = mercoledì
day-3 = giovedì
day-4 = venerdì
day-5 = sabato
day-6 = domenica
wall-long = { $weekday } { $day }, ore { $time }
heat = Calendario
map = Mappa
heat-caption = Posti liberi per giorno: più scuro, più posti
heat-cell = { $day }: { $count ->
    [one] un posto libero
   *[other] { $count } posti liberi
}
heat-cell-late = { $day }: { $count ->
    [one] un posto libero
   *[other] { $count } posti liberi
}, oltre i tempi della classe
heat-deadline = tratteggiato: oltre i tempi della classe
heat-before = Precedenti
heat-after = Successive
heat-span = Dal { $from } al { $to }
map-label = Mappa della Liguria: posti liberi in { $sites } sedi di { $towns } comuni. La tabella ha gli stessi valori.
map-town = { $town }: { $count ->
    [one] un posto libero
   *[other] { $count } posti liberi
}
map-home = Residenza: { $place }
map-note = Ogni cerchio è un comune, con i posti liberi di tutte le sue sedi; il segnaposto è la residenza. Costa disegnata per orientarsi; km in linea d’aria.
map-table = Posti liberi per comune e sede
map-site = Comune e sede
map-free = Posti
map-first = Primo posto
map-km = ≈ km
clear-filters = Togli i filtri
nothing = Nessun posto con questi filtri.
nothing-in-time = Nessun posto entro i tempi della classe.
first-useful = Prima data utile: { $when }, { $where }
widen = Allarga l’area: tutta la regione, ogni orario
km = ≈ { $km } km in linea d’aria
in-time = Nei tempi, { $days ->
    [0] oggi
    [one] fra un giorno
   *[other] fra { $days } giorni
}
beyond = Oltre i tempi, { $days ->
    [0] oggi
    [one] fra un giorno
   *[other] fra { $days } giorni
}
in-days = Fra { $days ->
    [one] un giorno
   *[other] { $days } giorni
}

# Riepilogo ed esito
summary = Riepilogo
summary-move = Spostamento
moving = Prenotazione { $number } di { $when }: il posto attuale resta finché il nuovo non è confermato.
choose-a-place = Scegli un posto: frecce e Invio.
held = Posto trattenuto per { $time }
hold-over = La trattenuta è scaduta: il posto può andare ad altri finché non confermi.
will-confirm = Online: la conferma del CUP arriva subito.
will-queue = Fuori linea: resta In coda – non confermata finché il CUP non risponde.
will-wait = Il CUP ora non riceve prenotazioni: resta In coda – non confermata finché non riapre.
will-refuse = Il CUP ha chiuso le prenotazioni per questo canale: qui non si può confermare.
not-held = Posto non trattenuto: può andare ad altri finché non confermi.
confirm = Conferma
confirm-move = Conferma lo spostamento
new-booking = Nuova prenotazione
outcome = Esito
number = Numero
reference = Riferimento
cancellation-code = Codice di disdetta
cancel-by = Disdetta gratuita entro
print-slip = Stampa promemoria
show-in-queue = Apri nella coda
next-queued = Sarà inviata da sola appena il CUP torna raggiungibile. Il promemoria dice IN ATTESA DI CONFERMA.
next-guaranteed = Il posto è garantito fino alla scadenza indicata.
next-sending = È in invio: l’esito comparirà qui e nella coda.
next-confirmed = Il posto è dell’assistito. Consegna il promemoria.
next-conflict = Il posto è stato perso: scegli un’alternativa nella coda.
next-needs-operator = Serve una decisione: apri la coda.
next-rejected = Il CUP l’ha rifiutata: il motivo è qui sopra.
next-cancelled = Non c’è più un posto prenotato.
alternatives = Alternative migliori
choose-this = Scegli { $when }

# Coda
part-to-resolve = Da risolvere
part-waiting = In coda
part-settled = Inviate
appointment = Appuntamento
state = Stato
since = Da quando
page-before = Precedenti
page-after = Successive
page-rows = { $from }–{ $to } di { $all }
all-sent = Tutto trasmesso, ore { $time }
empty-to-resolve = Niente da risolvere
empty-waiting = Niente in coda
empty-settled = Ancora nessuna prenotazione con esito
detail = Dettaglio
detail-none = Scegli una prenotazione dall’elenco.
detail-of = Prenotazione { $number }
archived = messa da parte
lost = posto perso
call-patient = Contatta assistito: { $phone }
call-nobody = Contatta assistito: nessun telefono registrato
same-day = Lo stesso giorno
days-later = { $days ->
    [one] Un giorno
   *[other] { $days } giorni
} dopo
days-sooner = { $days ->
    [one] Un giorno
   *[other] { $days } giorni
} prima
same-site = stessa sede
rebook = Riprenota { $when }
no-alternatives = Nessuna alternativa nei dati di questa postazione.
move = Sposta
cancel = Annulla
reprint = Ristampa
give-up = Rinuncia
give-up-title = Rinuncia alla prenotazione { $number }
give-up-explained = La prenotazione viene messa da parte senza un posto. Resta nell’archivio, fra le inviate.
give-up-confirm = Rinuncia al posto
timeline = Che cosa è successo
timeline-created = { $change }: scritta qui
timeline-sent = { $change }: inviata
timeline-confirmed = { $change }: confermata dal CUP
timeline-conflict = { $change }: posto occupato
timeline-rejected = { $change }: rifiutata dal CUP
timeline-needs-operator = { $change }: serve una decisione
timeline-withdrawn = { $change }: ritirata prima dell’invio
timeline-given-up = Messa da parte
change-book = Prenotazione
change-move = Spostamento
change-cancel = Annullamento
cancel-title = Annulla la prenotazione { $number }
cancel-until = Senza costi fino al { $day }.
cancel-late = Il termine per disdire senza costi è già passato.
cancel-cost = Una disdetta tardiva o mancata comporta il pagamento del ticket anche per gli esenti.
cancel-reason = Motivo
cancel-confirm = Annulla la prenotazione

# Impostazioni e diagnostica
language = Lingua
language-it = Italiano
language-en = English
language-note = Il promemoria per l’assistito resta in italiano.
zoom = Dimensione
percent = { $value } %
look = Aspetto
high-contrast = Contrasto forte
dense = Righe fitte
letter-keys = Lettere come tasti rapidi negli elenchi
letter-keys-note = Le lettere funzionano solo quando un elenco ha il fuoco, mai nei campi. F1 le mostra tutte.
lock-after = Blocca la postazione se nessuno la usa
lock-never = Mai
lock-minutes = Dopo { $minutes } minuti
scanner = Prova del lettore
scanner-explained = Leggi qui un codice a barre: si vede se il lettore è configurato bene. Niente viene conservato.
scanner-field = Leggi qui
scanner-read = È
scanner-from = Da
scanner-fast = lettore
scanner-slow = tastiera
scanner-length = Caratteri
scanner-end = Ultimo tasto
scanner-patient = un codice di assistito
scanner-nre = un NRE completo
scanner-nre-half = una metà di NRE
scanner-booking = un numero di prenotazione
scanner-unknown = un testo non riconosciuto
diagnostics = Diagnostica
light-network = Rete
light-central = CUP
light-data = Dati
light-queue = Coda
light-archive = Archivio
light-reached = Il CUP è raggiungibile
light-fresh = Dati recenti
light-findings = { $count ->
    [0] Nessuna anomalia
    [one] Un’anomalia
   *[other] { $count } anomalie
}
service-open = Prenotazioni aperte
diagnostics-version = Versione
diagnostics-desk = Postazione
diagnostics-data = Dati
diagnostics-figures = { $schedules } agende, { $slots } posti
diagnostics-key = Chiave
key-passphrase = sotto la frase segreta
key-keychain = nel portachiavi del sistema
diagnostics-again = Ricontrolla
report-copy = Copia rapporto
report-copied = Rapporto copiato: non contiene dati personali.
report-not-copied = Il sistema non lascia copiare: il rapporto si può selezionare qui sopra.
report-shown = Che cosa c’è nel rapporto

# Sul promemoria: dove si disdice
slip-channel-phone = Numero unico CUP { $phone }
slip-channel-doctor = Presso il medico o la struttura che ha prenotato

# Errori: uno per ogni codice
error-bad-request = La richiesta non è valida.
error-locked = La postazione è bloccata: sbloccala con la frase segreta.
error-not-ready = La postazione non è ancora attivata.
error-wrong-passphrase = La frase segreta non è giusta.
error-short-passphrase = La frase segreta deve avere almeno { $min } caratteri.
error-passphrase-needed = Il portachiavi del sistema non risponde: scegli una frase segreta.
error-keychain-silent = Il portachiavi del sistema non risponde: sbloccalo e riprova.
error-unreachable = Il CUP non risponde. Riprova quando la rete è tornata.
error-enrolment-refused = Il codice di attivazione è sbagliato, scaduto o già usato.
error-protocol = Questa versione del programma non è compatibile con il CUP: serve un aggiornamento.
error-bad-answer = Il CUP ha dato una risposta illeggibile. Riprova fra poco.
error-patient-id-character = Il carattere { $position } del codice non va bene: ricontrolla.
error-patient-id-length = Il codice fiscale ha 16 caratteri, qui sono { $found }.
error-patient-id-check = La lettera di controllo dovrebbe essere { $expected }: ricontrolla il codice.
error-patient-id-unknown = Non è un codice fiscale, STP, ENI, TEAM o provvisorio.
error-birth-date = La data di nascita non va d’accordo con il codice fiscale o è nel futuro.
error-required = Campo da compilare.
error-nre-character = Il carattere { $position } dell’NRE non va bene: ricontrolla.
error-nre-length = L’NRE ha 15 caratteri, qui sono { $found }.
error-prescription-expired = La ricetta è scaduta il { $date }: serve una nuova ricetta.
error-prescription-future = La data della ricetta è nel futuro.
error-too-many-services = Una ricetta ha al massimo { $max } prestazioni.
error-no-services = Indica almeno una prestazione.
error-mixed-branches = Le prestazioni di una ricetta sono di una sola branca.
error-class-mismatch = Un primo accesso ha una classe, un controllo no.
error-unknown-service = La prestazione { $code } non è nel catalogo.
error-patient-age = L’agenda è per assistiti da { $min } a { $max } anni: questo ne ha { $age }.
error-patient-sex = L’agenda è riservata all’altro sesso.
error-past-date = La data è già passata.
error-out-of-bounds = Il valore è fuori dai limiti.
error-no-such-slot = A quest’ora l’agenda non ha questo posto: scegline un altro.
error-slot-taken = Il posto non è più libero: scegline un altro.
error-hold-refused = Il posto è appena stato preso o è trattenuto da altri: scegline un altro.
error-already-booked = Una prestazione di questa ricetta è già prenotata ({ $number }).
error-no-rescue-key = Il CUP non ha ancora comunicato la sua chiave: serve almeno un collegamento prima di poter scrivere un file di soccorso.
error-nothing-to-rescue = Non c’è nulla in coda: non serve un file di soccorso.
error-no-rescue = Il file non è un file di soccorso per questo CUP, oppure è stato modificato.
error-service-closed = Il CUP ha chiuso le prenotazioni per questo canale.
error-unknown-booking = Nessuna prenotazione con questo numero su questa postazione.
error-stale = La prenotazione è cambiata nel frattempo: ecco com’è ora.
error-wrong-state = Non si può fare nello stato attuale.
error-sending = È in invio: attendi l’esito.
error-disk-full = Il disco è pieno: NON è stata fatta alcuna prenotazione. Libera spazio e riprova.
error-storage = L’archivio della postazione non è utilizzabile: NON è stata fatta alcuna prenotazione.
error-document = Il documento non si può creare o aprire.
error-preferences = Le impostazioni non si possono conservare: valgono finché il programma è aperto.
error-demonstration-only = Solo nella dimostrazione.
error-internal = Errore del programma: quel che è scritto non è andato perso.

# Posti garantiti
guaranteed-place = Posto garantito, da promettere entro { $time }
guaranteed-row = Garantito entro { $time }
stock-title = Posti garantiti
stock-explained = Posti che il CUP tiene da parte per questa postazione: prenotati entro l’ora indicata, anche fuori linea, sono certi.
stock-service = Prestazione
stock-places = Posti
stock-until = Da prenotare entro
rescue = File di soccorso
rescue-explained = Se questa postazione non può più trasmettere, ciò che è in coda si può portare al CUP con un file cifrato che solo il CUP sa leggere.
rescue-carry = Il file va consegnato al CUP o a un’altra postazione collegata. La coda resta com’è: ciò che arriva due volte ha un esito solo. Dopo, una prenotazione della coda non si ritira più: si annulla.
rescue-write = Scrivi il file
rescue-written = File di soccorso scritto in { $path }
guaranteed-by = Garanzia fino al
until = fino al { $time }
will-guarantee = Fuori linea il posto resta garantito: la prenotazione va trasmessa entro la scadenza della garanzia.
reserved-move = Posto riservato, spostamento da confermare (entro { $time })
status-stock = Posti garantiti { $count }, scadono { $time }
status-stock-none = Posti garantiti 0
status-promised = Garantite da trasmettere { $count }, entro { $time }
stock-used-up = Per questa prestazione i posti garantiti sono finiti: la prenotazione resta in attesa di conferma.
stock-clock = Orologio non affidabile: nessun posto garantito fino al prossimo collegamento
stock-revoked = Postazione non riconosciuta dal CUP: nessun posto garantito
stock-recovery = Il CUP è in ripristino: nessun nuovo posto garantito finché non ha confermato la scorta
stock-copied = Un’altra macchina usa una copia di questa postazione: le garanzie sono sospese
