# Le parole del promemoria e del foglio delle ricette di prova.

print-demonstration = DIMOSTRAZIONE
print-demonstration-note = dati inventati, nessun appuntamento reale
print-page = pagina { $page } di { $pages }
print-made = Stampato il { $when }
print-made-by = Stampato il { $when } da { $desk }

## Date e ore

print-date-long = { $weekday } { $day ->
    [1] 1º
   *[other] { $day }
} { $month } { $year }
print-date-day = { $day ->
    [1] 1º
   *[other] { $day }
} { $month } { $year }
print-date-time = { $date } alle { $time }
print-at = ore { $time }
print-clock-summer = ora legale
print-clock-standard = ora solare
print-weekday-1 = lunedì
print-weekday-2 = martedì
print-weekday-3 = mercoledì
print-weekday-4 = giovedì
print-weekday-5 = venerdì
print-weekday-6 = sabato
print-weekday-7 = domenica
print-month-1 = gennaio
print-month-2 = febbraio
print-month-3 = marzo
print-month-4 = aprile
print-month-5 = maggio
print-month-6 = giugno
print-month-7 = luglio
print-month-8 = agosto
print-month-9 = settembre
print-month-10 = ottobre
print-month-11 = novembre
print-month-12 = dicembre

## Promemoria: intestazione e stato

print-title = Promemoria di prenotazione
print-title-provisional = Promemoria di richiesta
print-title-cancelled = Promemoria di annullamento
print-number = Numero di prenotazione
print-reference = Riferimento
print-cancellation-code = Codice di disdetta
print-qr-caption = Da mostrare allo sportello

print-explain-awaiting = Nessun posto è ancora assegnato. La richiesta parte appena il CUP è raggiungibile: fino ad allora il posto può andare ad altri. Non presentarsi senza la conferma.
print-explain-guaranteed = Il posto è riservato a questa richiesta. La prenotazione è valida se il CUP la riceve entro la data e l’ora indicate.
print-explain-confirmed = Il CUP ha registrato la prenotazione. Portare con sé questo foglio.
print-explain-cancelled = Questa prenotazione non è più valida: non presentarsi.
print-pending-cancellation = È stato chiesto di annullare questa prenotazione. Finché il CUP non conferma, l’appuntamento resta valido.
print-pending-move = È stato chiesto di spostare questa prenotazione al { $when }. Finché il CUP non conferma, resta valido l’appuntamento qui sotto.

## Promemoria: appuntamenti

print-appointment = Appuntamento
print-appointment-of = Appuntamento { $number } di { $count }
print-requested = Orario richiesto – non assegnato
print-requested-of = Orario richiesto { $number } di { $count } – non assegnato
print-requested-note = richiesto, non assegnato
print-guaranteed-place = Posto garantito
print-guaranteed-place-of = Posto garantito { $number } di { $count }
print-cancelled-appointment = Appuntamento annullato
print-cancelled-appointment-of = Appuntamento annullato { $number } di { $count }
print-duration = durata prevista { $minutes } minuti
print-service-code = Codice prestazione { $code }
print-room = Stanza
print-practitioner = Professionista
print-phone = Telefono
print-preparation = Preparazione
print-no-preparation = Nessuna preparazione richiesta.

## Promemoria: assistito e ricetta

print-patient = Assistito
print-patient-code = Codice fiscale
print-patient-code-stp = Codice STP
print-patient-code-eni = Codice ENI
print-born = Data di nascita
print-prescription = Ricetta
print-nre = NRE
print-issued = Data della ricetta
print-class = Classe di priorità
print-class-U = U – urgente
print-class-B = B – breve
print-class-D = D – differibile
print-class-P = P – programmabile
print-class-none = nessuna
print-access = Tipo di accesso
print-access-first = primo accesso
print-access-follow-up = controllo
print-nre-first = NRE, prima parte
print-nre-second = NRE, seconda parte

## Promemoria: ticket, disdetta, che cosa portare

print-ticket = Ticket
print-amount = € { $euros },{ $cents }
print-ticket-due = { $amount }
print-ticket-exempt = Esente: nessun ticket
print-ticket-unknown = Da verificare in accettazione
print-ticket-later = Da pagare solo dopo la conferma.
print-ticket-no-notice = Da pagare prima della prestazione.
print-ticket-anywhere = Si paga agli sportelli, in farmacia e nei punti di pagamento di tutta la rete, anche di un’altra azienda.
print-notice = Avviso di pagamento pagoPA
print-cancel = Disdetta
print-cancel-by = Disdire entro { $date }
print-cancel-by-provisional = Se confermata, disdire entro { $date }
print-cancel-days = { $days ->
    [one] almeno un giorno lavorativo prima dell’appuntamento, il cui giorno non si conta
   *[other] almeno { $days } giorni lavorativi prima dell’appuntamento, il cui giorno non si conta
}
print-cancel-no-deadline = Mancano meno di { $days } giorni lavorativi all’appuntamento: se non si può venire, avvisare appena possibile.
print-cancel-how = Come disdire
print-cancel-with-code = Servono il numero e il codice di disdetta di questo foglio.
print-sanction = Chi non si presenta o disdice in ritardo paga il ticket, anche se esente. Fanno eccezione le urgenze entro 24 ore, le prenotazioni fatte a meno di { $days } giorni lavorativi dall’appuntamento e i motivi di forza maggiore documentati.
print-bring = Che cosa portare
print-bring-card = tessera sanitaria e documento d’identità
print-bring-prescription = ricetta o suo promemoria
print-bring-reports = referti ed esami precedenti
print-bring-slip = questo foglio
print-privacy = Riservatezza
print-privacy-note = I dati di questo foglio sono trattati per prenotare ed erogare prestazioni sanitarie (regolamento UE 2016/679, articoli 6 e 9) da personale tenuto al segreto. Il foglio riguarda la salute: conservarlo con cura. L’informativa completa è disponibile presso il CUP e la struttura.

## Foglio delle ricette di prova

print-sheet-title = RICETTE DI PROVA – DIMOSTRAZIONE
print-sheet-note = Assistiti e ricette sono inventati. I codici a barre si leggono con il lettore, nell’ordine che si vuole.
print-sheet-exempt = esente
print-sheet-not-exempt = non esente
