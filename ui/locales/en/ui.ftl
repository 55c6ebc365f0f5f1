# The words of the screens.

app-name = Lanterna
opening = Opening…
close = Close
filter = Filter
date-shape = dd/mm/yyyy
date-wrong = Write the date as dd/mm/yyyy.
nothing-found = Nothing found
loading = Loading…
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
unlock-keychain = This desk has no passphrase: its key is in the system’s keychain.
unlock-kept = What was typed is still there; the queue goes on being sent.
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
set-aside-read = I have read it

# Shell
screens = Screens
screen-booking = Book
screen-queue = Queue
screen-settings = Settings
desk-of = Desk { $desk } · { $central }
status-bar = State of the desk
keys = Keys
commands = Commands
commands-find = Find a command
lock = Lock
keys-key = Key
keys-what = What it does
letters-title = Letters, while a list has the focus
letters-on = On; switch them off in Settings.
letters-off = Off; switch them on in Settings.
letter-c = Free places: calendar
letter-m = Free places: map
letter-d = Free places: by date
letter-k = Free places: by distance
letter-s = Free places: by facility
letter-queue-s = Queue: move the open booking
letter-queue-a = Queue: cancel the open booking
letter-queue-r = Queue: print the slip again
command-help = Keys
command-new = New booking
command-patient = Go to the patient
command-filters = Go to the filters
command-sync = Synchronise now
command-pane = Next pane
command-confirm = Confirm
command-palette = List of commands
command-print = Print the slip
command-reprint = Print the slip again
command-move = Move the open booking
command-cancel = Cancel the open booking
command-screen-booking = Open Book
command-screen-queue = Open Queue
command-screen-settings = Open Settings
command-list = Free places: list
command-calendar = Free places: calendar
command-map = Free places: map
command-clear-filters = Clear filters
command-lock = Lock the desk
command-zoom-in = Zoom in
command-zoom-out = Zoom out
command-zoom-normal = Normal size
idle-title = The desk is about to lock
idle-explained = Nobody touches keys or mouse: in { $seconds } seconds the desk locks. What is typed stays as it is.
idle-stay = Stay at work
keys-title = Keys
link-unknown = Link not tried yet
link-online = Online
link-sending = Sending
link-offline = Off line – no network to the booking centre
link-failing = Sending failed – the booking centre answers with faults
link-protocol = Version of the booking centre not compatible
link-unauthorized = The booking centre does not know this desk
service-read-only = Booking centre read-only: search and queue
service-frozen = Booking centre in cutover: bookings stay here
service-closed = Bookings closed for this channel
data-old = Data not recent
data-very-old = Data more than a day old
data-none = No data yet
data-at = Data { $time } ({ $age })
age-now = now
age-minutes = { $minutes } min ago
age-hours = { $hours } h ago
age-days = { $days ->
    [one] one day
   *[other] { $days } days
} ago
status-queued = Queued { $count }
status-to-resolve = To resolve { $count }
retry-at = Next try at { $time }
sync-now = Synchronise now
sync-started = Synchronising…
sync-done = Synchronised at { $time }
sync-failed = Not synchronised: { $why }
sync-silent = Not synchronised yet: the booking centre has not answered

# Demonstration
demo-band-label = Demonstration
demo-band = DEMONSTRATION – simulated centre and patients, demonstration tariffs
demo-prescription = Test prescription
demo-sheet = Print sheet of prescriptions
demo-cut = Cut the network
demo-restore = Restore it
demo-second = Second desk
demo-second-explained = Another desk can join this demonstration, for instance to compete for a place: it needs address and code. It does not pass through the network that can be cut here. The code works once.
demo-shows = What it shows
demo-patient = DEMONSTRATION – made-up patient

# Patient and prescription
scan-label = Scan or type: tax code, NRE, booking number
scan-patient = Patient recognised
scan-nre = NRE complete
scan-half-first = First half of the NRE: the second is missing
scan-half-second = Second half of the NRE: the first is missing
scan-unknown = Not recognised: a tax code, an NRE or a booking number is needed.
scan-outside = Text from a “lanterna:” link: look at it and press Enter.
scan-offered = From a “lanterna:” link came { $text }.
scan-take = Put it into the field
kept-form = There is a booking left half done.
kept-take-up = Take it up
patient = Patient
patient-go = Code
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
class-of = Class { $class }
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
filters = Filters
views = How to show the places
results-waiting = Name at least one service: the search starts by itself.
results-found = { $count ->
    [one] One place
   *[other] { $count } places
} on { $schedules } schedules{ $more ->
    [1] , more follow
   *[other] {""}
}
searching = Searching…
deadline = in time until { $day }
hidden-by-class = { $count } kept for other classes or access types
hidden-by-patient = { $count } outside limits of age or sex
hidden-by-queue = { $count } in this desk’s queue
hidden-by-suspension = { $count } on suspended schedules
hidden = Not shown:
sort = Order
order-written = in time first, then by { $by }
sort-date = Date
sort-distance = Distance
sort-facility = Facility
from = From
to = To
part-of-day = Time of day
any-time = Any
morning = Morning
afternoon = Afternoon
within-km = Within km
organization = Body
whole-region = Whole region
weekdays = Days
weekday-0 = Mon
weekday-1 = Tue
weekday-2 = Wed
weekday-3 = Thu
weekday-4 = Fri
weekday-5 = Sat
weekday-6 = Sun
day-0 = Monday
day-1 = Tuesday
day-2 = Wednesday
day-3 = Thursday
day-4 = Friday
day-5 = Saturday
day-6 = Sunday
wall-long = { $weekday } { $day } at { $time }
heat = Calendar
map = Map
heat-caption = Free places by day: the darker, the more
heat-cell = { $day }: { $count ->
    [one] one free place
   *[other] { $count } free places
}
heat-cell-late = { $day }: { $count ->
    [one] one free place
   *[other] { $count } free places
}, beyond the limit of the class
heat-deadline = dashed: beyond the limit of the class
heat-before = Before
heat-after = After
heat-span = From { $from } to { $to }
map-label = Map of Liguria: free places at { $sites } sites in { $towns } municipalities. The table has the same values.
map-town = { $town }: { $count ->
    [one] one free place
   *[other] { $count } free places
}
map-home = Home: { $place }
map-note = Each circle is a municipality, with the free places of all its sites; the pin is the patient’s home. The coast is drawn for orientation; km as the crow flies.
map-table = Free places by municipality and site
map-site = Municipality and site
map-free = Places
map-first = First place
map-km = ≈ km
clear-filters = Clear filters
nothing = No place with these filters.
nothing-in-time = No place inside the limit of the class.
first-useful = First useful date: { $when }, { $where }
widen = Widen: whole region, any time
km = ≈ { $km } km as the crow flies
in-time = In time, { $days ->
    [0] today
    [one] in one day
   *[other] in { $days } days
}
beyond = Beyond the limit, { $days ->
    [0] today
    [one] in one day
   *[other] in { $days } days
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
will-confirm = Online: the booking centre confirms at once.
will-queue = Off line: it stays queued, not confirmed, until the booking centre answers.
will-wait = The booking centre takes no bookings now: it stays queued, not confirmed, until it does.
will-refuse = The booking centre has closed bookings for this channel: nothing can be confirmed here.
not-held = Place not held: it may go to others until you confirm.
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
call-nobody = Call the patient: no telephone on record
same-day = The same day
days-later = { $days ->
    [one] One day
   *[other] { $days } days
} later
days-sooner = { $days ->
    [one] One day
   *[other] { $days } days
} sooner
same-site = same site
rebook = Rebook { $when }
no-alternatives = No alternative in this desk’s data.
move = Move
cancel = Cancel
reprint = Print again
give-up = Give up
give-up-title = Give up booking { $number }
give-up-explained = The booking is put away without a place. It stays in the files, among those sent.
give-up-confirm = Give up the place
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

# Settings and diagnostics
language = Language
language-it = Italiano
language-en = English
language-note = The patient’s slip stays Italian.
zoom = Size
percent = { $value } %
look = Look
high-contrast = High contrast
dense = Dense rows
letter-keys = Letters as keys in lists
letter-keys-note = Letters work only while a list has the focus, never in fields. F1 shows them all.
lock-after = Lock the desk when nobody uses it
lock-never = Never
lock-minutes = After { $minutes } minutes
scanner = Scanner test
scanner-explained = Scan a bar code here: it shows whether the scanner is set up well. Nothing is kept.
scanner-field = Scan here
scanner-read = It is
scanner-from = From
scanner-fast = scanner
scanner-slow = keyboard
scanner-length = Characters
scanner-end = Last key
scanner-patient = a patient’s code
scanner-nre = a whole NRE
scanner-nre-half = half of an NRE
scanner-booking = a booking number
scanner-unknown = an unknown text
diagnostics = Diagnostics
light-network = Network
light-central = Booking centre
light-data = Data
light-queue = Queue
light-archive = Files
light-reached = The booking centre can be reached
light-fresh = Data recent
light-findings = { $count ->
    [0] Nothing wrong
    [one] One thing wrong
   *[other] { $count } things wrong
}
service-open = Bookings open
diagnostics-version = Version
diagnostics-desk = Desk
diagnostics-data = Data
diagnostics-figures = { $schedules } schedules, { $slots } places
diagnostics-key = Key
key-passphrase = under the passphrase
key-keychain = in the system’s keychain
diagnostics-again = Check again
report-copy = Copy report
report-copied = Report copied: it holds no personal data.
report-not-copied = The system does not let it be copied: select the report above.
report-shown = What is in the report

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
error-keychain-silent = The system’s keychain does not answer: unlock it and try again.
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
error-preferences = The settings cannot be kept: they last while the program is open.
error-demonstration-only = Only in the demonstration.
error-internal = A fault of the program: what is written is not lost.

# Guaranteed places
guaranteed-place = Guaranteed place, to be promised by { $time }
guaranteed-row = Guaranteed by { $time }
stock-title = Guaranteed places
stock-explained = Places the booking centre keeps aside for this workstation: booked by the time shown, off line too, they are certain.
stock-service = Service
stock-places = Places
stock-until = To be booked by
rescue = Rescue file
rescue-explained = If this workstation cannot send any more, what is queued can be carried to the booking centre in an encrypted file that only the centre can read.
rescue-carry = Hand the file to the booking centre or to another connected workstation. The queue stays as it is: what arrives twice has one outcome. Afterwards a queued booking is cancelled, no longer withdrawn.
rescue-write = Write the file
rescue-written = Rescue file written to { $path }
guaranteed-by = Guaranteed until
until = until { $time }
will-guarantee = Off line the place stays guaranteed: the booking has to be sent before the guarantee ends.
reserved-move = Place reserved, move to be confirmed (by { $time })
status-stock = Guaranteed places { $count }, until { $time }
status-stock-none = Guaranteed places 0
status-promised = Guaranteed to be sent { $count }, by { $time }
stock-used-up = The guaranteed places for this service are used up: the booking awaits confirmation.
stock-clock = The clock cannot be relied on: no guaranteed places until the next connection
stock-revoked = The booking centre does not know this workstation: no guaranteed places
stock-recovery = The booking centre is being restored: no new guaranteed places until it has confirmed the stock
stock-copied = Another machine uses a copy of this workstation: guarantees are suspended
