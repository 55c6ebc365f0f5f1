# The words of the screens.

app-name = Lanterna
opening = Opening…
close = Close
filter = Filter
date-shape = dd/mm/yyyy
date-wrong = Write the date as dd/mm/yyyy.
nothing-found = Nothing found
not-chosen = Choose
remove = Remove { $what }
document-written = Written to { $path }

# First start
start-title = First start
start-steps = Steps of the first start
start-needs-key = Key of the files
start-needs-enrolment = Activation
start-first-download = First download
unlock-title = Unlock
unlock-explained = The files of this desk are encrypted. Unlocking works off line too.
unlock = Unlock
key-explained = The data of this desk are encrypted. Choose a passphrase of at least 8 characters; without one the key is kept by the system’s keychain, if there is any.
passphrase = Passphrase
make-key = Create the files
enrol-explained = The activation code works once and ties this desk to the booking centre.
activation-code = Activation code
central-url = Address of the booking centre
activate = Activate the desk
try-demo = Try with demonstration data
download-running = Downloading the schedules of the region. It can be interrupted and goes on where it was.
download-figures = { $done } of { $total } ({ $chunks } of { $all } chunks)
download-waiting = The booking centre does not answer: the download goes on by itself as soon as it does.
set-aside = The file { $file } was damaged: it was kept as { $kept } and made anew; rows saved: { $rows }.

# Shell
screens = Screens
screen-booking = Book
screen-queue = Queue
desk-of = Desk { $desk } · { $central }
status-bar = State of the desk
keys = Keys
keys-title = Keys
key-f1 = This help
key-f2 = New booking
key-f3 = Patient
key-f4 = Filters
key-f5 = Synchronise now
key-f6 = Next pane
key-f8 = Queue
key-f9 = Confirm
key-ctrl-p = Print the slip
key-alt-1 = Book
key-alt-2 = Queue
link-unknown = Link not tried yet
link-online = On line
link-sending = Sending
link-offline = Off line: no network to the booking centre
link-failing = The booking centre answers with faults
link-protocol = Version of the booking centre not compatible
link-unauthorized = The booking centre does not know this desk
service-read-only = Booking centre read-only: search and queue
service-frozen = Booking centre in cutover: bookings stay here
service-closed = Bookings closed for this channel
data-old = Data not recent
data-none = No data yet
data-at = Data { $time } ({ $minutes } min ago)
status-queued = Queued { $count }
status-to-resolve = To resolve { $count }
retry-at = Next try at { $time }
sync-now = Synchronise now
sync-started = Synchronisation started

# Demonstration
demo-band-label = Demonstration
demo-band = DEMONSTRATION – simulated centre and patients, demonstration tariffs
demo-prescription = Test prescription
demo-sheet = Print sheet of prescriptions
demo-cut = Cut the network
demo-restore = Restore it
demo-shows = What it shows
demo-patient = DEMONSTRATION – made-up patient

# Patient and prescription
scan-label = Scan or type: tax code, NRE, booking number
scan-patient = Patient recognised
scan-nre = NRE complete
scan-half-first = First half of the NRE: the second is missing
scan-half-second = Second half of the NRE: the first is missing
scan-unknown = Not recognised: a tax code, an NRE or a booking number is needed.
patient = Patient
patient-id = Tax code, STP, ENI or TEAM
born-in = Born in { $place }
surname = Surname
given-name = Given name
birth-date = Date of birth
sex = Sex
sex-f = Female
sex-m = Male
municipality = Municipality
phone = Telephone
prescription = Prescription
nre = NRE
issued-on = Date of prescription
access = Access
access-first = First access
access-follow-up = Follow-up
class = Class
class-u = U – 72 hours
class-b = B – 10 days
class-d = D – 30/60 days
class-p = P – 120 days
services = Add a service
services-chosen = Services of the prescription
exemption = Exemption
ticket = Ticket
ticket-exempt = Exempt
ticket-due = Demonstration or presumed ticket { $amount }
valid-until = prescription valid until { $day }
expiring = The prescription expires in { $days ->
    [one] one day
   *[other] { $days } days
}.

# Search
results = Free places
results-waiting = Name at least one service: the search starts by itself.
results-found = { $count } { $more ->
    [1] places shown, more follow
   *[other] places
} on { $schedules } schedules
searching = Searching…
deadline = in time until { $day }
hidden-by-class = { $count } kept for other classes or access types
hidden-by-patient = { $count } outside limits of age or sex
hidden-by-queue = { $count } in this desk’s queue
hidden-by-suspension = { $count } on suspended schedules
sort = Sort by
sort-date = Date, in time first
sort-distance = Distance
sort-facility = Facility
from = From
to = To
part-of-day = Time of day
any-time = Any
morning = Morning
afternoon = Afternoon
within-km = Within km (as the crow flies)
organization = Body
whole-region = Whole region
weekdays = Days of the week
weekday-0 = Mon
weekday-1 = Tue
weekday-2 = Wed
weekday-3 = Thu
weekday-4 = Fri
weekday-5 = Sat
weekday-6 = Sun
heat = Calendar
heat-caption = Free places by day
heat-cell = { $day }: { $count } free places
clear-filters = Clear filters
nothing = No place with these filters.
nothing-in-time = No place inside the limit of the class.
first-useful = First useful date: { $when }, { $where }
widen = Widen: whole region, any time
km = ≈ { $km } km as the crow flies
in-time = In time, in { $days ->
    [one] one day
   *[other] { $days } days
}
beyond = Beyond the limit, in { $days ->
    [one] one day
   *[other] { $days } days
}
in-days = In { $days ->
    [one] one day
   *[other] { $days } days
}

# Summary and outcome
summary = Summary
summary-move = Move
moving = Booking { $number } of { $when }: the present place stays until the new one is confirmed.
choose-a-place = Choose a place: arrows and Enter.
held = Place held for { $time }
hold-over = The hold is over: the place may go to others until you confirm.
will-confirm = On line: the booking centre confirms at once.
will-queue = Off line: it stays queued, not confirmed, until the booking centre answers.
confirm = Confirm
confirm-move = Confirm the move
new-booking = New booking
outcome = Outcome
number = Number
reference = Reference
cancellation-code = Cancellation code
cancel-by = Free cancellation until
print-slip = Print slip
show-in-queue = Open in the queue
next-queued = It will be sent by itself as soon as the booking centre can be reached. The slip says it awaits confirmation.
next-guaranteed = The place is guaranteed until the time shown.
next-sending = It is being sent: the outcome will show here and in the queue.
next-confirmed = The place is the patient’s. Hand over the slip.
next-conflict = The place was lost: choose an alternative in the queue.
next-needs-operator = A decision is needed: open the queue.
next-rejected = The booking centre refused it: the reason is above.
next-cancelled = No place is booked any more.
alternatives = Best alternatives
choose-this = Choose { $when }

# Queue
part-to-resolve = To resolve
part-waiting = Queued
part-settled = Sent
appointment = Appointment
state = State
since = Since
page-before = Previous
page-after = Next
page-rows = { $from }–{ $to } of { $all }
all-sent = Everything sent, at { $time }
empty-to-resolve = Nothing to resolve
empty-waiting = Nothing queued
empty-settled = No booking with an outcome yet
detail = Detail
detail-none = Choose a booking from the list.
detail-of = Booking { $number }
archived = put away
lost = place lost
call-patient = Call the patient: { $phone }
rebook = Rebook { $when }
no-alternatives = No alternative in this desk’s data.
move = Move
cancel = Cancel
reprint = Print again
give-up = Give up
timeline = What happened
timeline-created = { $change }: written here
timeline-sent = { $change }: sent
timeline-confirmed = { $change }: confirmed by the booking centre
timeline-conflict = { $change }: place taken
timeline-rejected = { $change }: refused by the booking centre
timeline-needs-operator = { $change }: a decision is needed
timeline-withdrawn = { $change }: withdrawn before it was sent
timeline-given-up = Put away
change-book = Booking
change-move = Move
change-cancel = Cancellation
cancel-title = Cancel booking { $number }
cancel-until = Without cost until { $day }.
cancel-late = The time for cancelling without cost is over.
cancel-cost = A late or missed cancellation makes the ticket due, even for the exempt.
cancel-reason = Reason
cancel-confirm = Cancel the booking

# On the slip: where to cancel
slip-channel-phone = Booking centre, telephone { $phone }
slip-channel-doctor = At the doctor or facility that booked

# Errors: one for each code
error-bad-request = The request is not valid.
error-locked = The desk is locked: unlock it with the passphrase.
error-not-ready = The desk is not activated yet.
error-wrong-passphrase = The passphrase is wrong.
error-short-passphrase = The passphrase needs at least { $min } characters.
error-passphrase-needed = The system’s keychain does not answer: choose a passphrase.
error-unreachable = The booking centre does not answer. Try again when the network is back.
error-enrolment-refused = The activation code is wrong, expired or used.
error-protocol = This version of the program does not fit the booking centre: an update is needed.
error-bad-answer = The booking centre gave an unreadable answer. Try again soon.
error-patient-id-character = Character { $position } of the code is wrong: check it.
error-patient-id-length = A tax code has 16 characters, here are { $found }.
error-patient-id-check = The check letter should be { $expected }: check the code.
error-patient-id-unknown = Not a tax code, STP, ENI, TEAM or provisional code.
error-birth-date = The date of birth does not agree with the tax code or lies in the future.
error-required = To be filled in.
error-nre-character = Character { $position } of the NRE is wrong: check it.
error-nre-length = An NRE has 15 characters, here are { $found }.
error-prescription-expired = The prescription expired on { $date }: a new one is needed.
error-prescription-future = The date of the prescription lies in the future.
error-too-many-services = A prescription has at most { $max } services.
error-no-services = Name at least one service.
error-mixed-branches = The services of a prescription are of one branch only.
error-class-mismatch = A first access has a class, a follow-up has none.
error-unknown-service = Service { $code } is not in the catalogue.
error-patient-age = The schedule is for patients from { $min } to { $max } years: this one is { $age }.
error-patient-sex = The schedule is for the other sex.
error-past-date = The date is past.
error-out-of-bounds = The value is out of bounds.
error-no-such-slot = The schedule has no such place at this time: choose another.
error-slot-taken = The place is no longer free: choose another.
error-hold-refused = The place was just taken or is held by others: choose another.
error-already-booked = A service of this prescription is booked already ({ $number }).
error-no-rescue-key = The booking centre has not told its key yet: one connection is needed before a rescue file can be written.
error-nothing-to-rescue = Nothing is queued: no rescue file is needed.
error-no-rescue = The file is no rescue file for this booking centre, or it was changed.
error-service-closed = The booking centre closed bookings for this channel.
error-unknown-booking = No booking of this number at this desk.
error-stale = The booking changed meanwhile: this is how it is now.
error-wrong-state = Not possible in the present state.
error-sending = Being sent: wait for the outcome.
error-disk-full = The disk is full: NOTHING was booked. Free some space and try again.
error-storage = The files of the desk cannot be used: NOTHING was booked.
error-document = The document cannot be made or opened.
error-demonstration-only = Only in the demonstration.
error-internal = A fault of the program: what is written is not lost.
