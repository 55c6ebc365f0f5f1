# Le parole delle schermate.

app-name = Lanterna
opening = Apertura in corso…
close = Chiudi
filter = Filtra
date-shape = gg/mm/aaaa
date-wrong = Data da scrivere gg/mm/aaaa.
nothing-found = Nessun risultato
not-chosen = Scegli
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

# Cornice
screens = Schermate
screen-booking = Prenota
screen-queue = Coda
desk-of = Postazione { $desk } · { $central }
status-bar = Stato della postazione
keys = Tasti
keys-title = Tasti rapidi
key-f1 = Questo aiuto
key-f2 = Nuova prenotazione
key-f3 = Assistito
key-f4 = Filtri
key-f5 = Sincronizza ora
key-f6 = Riquadro successivo
key-f8 = Coda
key-f9 = Conferma
key-ctrl-p = Stampa il promemoria
key-alt-1 = Prenota
key-alt-2 = Coda
link-unknown = Collegamento da verificare
link-online = In linea
link-sending = Invio in corso
link-offline = Fuori linea: nessuna rete verso il CUP
link-failing = Il CUP risponde con errori
link-protocol = Versione del CUP non compatibile
link-unauthorized = Il CUP non riconosce questa postazione
service-read-only = CUP in sola lettura: si cerca e si mette in coda
service-frozen = CUP in passaggio: le prenotazioni restano qui
service-closed = Prenotazioni chiuse per questo canale
data-old = Dati non recenti
data-none = Nessun dato scaricato
data-at = Dati { $time } ({ $minutes } min fa)
status-queued = In coda { $count }
status-to-resolve = Da risolvere { $count }
retry-at = Nuovo tentativo alle { $time }
sync-now = Sincronizza ora
sync-started = Sincronizzazione avviata

# Dimostrazione
demo-band-label = Dimostrazione
demo-band = DIMOSTRAZIONE – centrale e assistiti simulati, tariffe dimostrative
demo-prescription = Ricetta di prova
demo-sheet = Stampa foglio ricette
demo-cut = Stacca rete
demo-restore = Riattacca
demo-shows = Che cosa mostra
demo-patient = DIMOSTRAZIONE – assistito inventato

# Assistito e ricetta
scan-label = Scansiona o scrivi: codice fiscale, NRE, numero di prenotazione
scan-patient = Assistito riconosciuto
scan-nre = NRE completo
scan-half-first = Prima metà dell’NRE: manca la seconda
scan-half-second = Seconda metà dell’NRE: manca la prima
scan-unknown = Testo non riconosciuto: serve un codice fiscale, un NRE o un numero di prenotazione.
patient = Assistito
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
results-waiting = Indica almeno una prestazione: la ricerca parte da sola.
results-found = { $count } { $more ->
    [1] posti mostrati, altri seguono
   *[other] posti
} in { $schedules } agende
searching = Ricerca…
deadline = entro i tempi fino al { $day }
hidden-by-class = { $count } riservati ad altre classi o accessi
hidden-by-patient = { $count } fuori dai limiti di età o sesso
hidden-by-queue = { $count } già in coda da questa postazione
hidden-by-suspension = { $count } su agende sospese
sort = Ordina per
sort-date = Data, prima chi è nei tempi
sort-distance = Distanza
sort-facility = Struttura
from = Dal
to = Al
part-of-day = Orario
any-time = Qualsiasi
morning = Mattina
afternoon = Pomeriggio
within-km = Entro km (linea d’aria)
organization = Ente
whole-region = Tutta la regione
weekdays = Giorni della settimana
weekday-0 = lun
weekday-1 = mar
weekday-2 = mer
weekday-3 = gio
weekday-4 = ven
weekday-5 = sab
weekday-6 = dom
heat = Calendario
heat-caption = Posti liberi per giorno
heat-cell = { $day }: { $count } posti liberi
clear-filters = Togli i filtri
nothing = Nessun posto con questi filtri.
nothing-in-time = Nessun posto entro i tempi della classe.
first-useful = Prima data utile: { $when }, { $where }
widen = Allarga l’area: tutta la regione, ogni orario
km = ≈ { $km } km in linea d’aria
in-time = Nei tempi, fra { $days ->
    [one] un giorno
   *[other] { $days } giorni
}
beyond = Oltre i tempi, fra { $days ->
    [one] un giorno
   *[other] { $days } giorni
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
will-confirm = In linea: la conferma del CUP arriva subito.
will-queue = Fuori linea: resta In coda – non confermata finché il CUP non risponde.
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
rebook = Riprenota { $when }
no-alternatives = Nessuna alternativa nei dati di questa postazione.
move = Sposta
cancel = Annulla
reprint = Ristampa
give-up = Rinuncia
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
error-demonstration-only = Solo nella dimostrazione.
error-internal = Errore del programma: quel che è scritto non è andato perso.
