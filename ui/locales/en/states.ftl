# The words for the states of a booking: the same on screen, paper and command line.

state-queued = Queued – not confirmed
state-guaranteed = Guaranteed (to be sent)
state-sending = Being sent
state-confirmed = Confirmed
state-conflict = To resolve (place taken)
state-needs-operator = To resolve
state-rejected = Rejected
state-cancelled = Cancelled

# On the slip. $until: date and time, already written out.
slip-awaiting = AWAITING CONFIRMATION
slip-guaranteed = PLACE GUARANTEED until { $until }
slip-confirmed = BOOKING CONFIRMED
slip-cancelled = CANCELLED

# Why a place cannot be had. Never says who has it.
conflict-taken = Somebody else took the place in the meantime.
conflict-no-such-slot = The schedule no longer has a place of this length at this time.
conflict-closed = The facility closed the place or suspended the schedule.
conflict-class-quota = The places for this priority class are used up.

# Why the booking centre refuses for good.
rejected-already-booked = Already booked: a service of the prescription has a live booking.
rejected-prescription-expired = The prescription was no longer valid on the day of the request.
rejected-prescription-invalid = The prescription breaks a rule (services, branch or class).
rejected-service-not-offered = The schedule does not offer this service.
rejected-access-type = The schedule does not take this type of access.
rejected-patient-age = The patient’s age is outside the limits of the schedule.
rejected-patient-sex = The schedule is for the other sex.
rejected-channel-not-allowed = The schedule cannot be booked through this channel.
rejected-in-the-past = The time asked for has passed.
rejected-beyond-horizon = The time asked for is beyond the horizon of the schedule.
rejected-unknown-booking = The booking centre knows no such booking of this workstation.
rejected-already-cancelled = The booking is cancelled already.
rejected-malformed = The request cannot be read or exceeds a limit.

# Why a person has to decide.
needs-operator-predecessor-lost = The operation before this one is missing: neither the booking centre nor this workstation knows it.
needs-operator-id-reused = The same identifier reached the booking centre before with other content.
needs-operator-guarantee-lapsed = The booking was guaranteed but reached the booking centre after the guarantee had ended, and the place is taken.
needs-operator-answer-lost = The booking centre answered already, but this workstation no longer has the answer.
needs-operator-unreadable = The booking centre cannot read this operation.

# What became of the operations of a rescue file
rescue-carried = { $operations } operations: { $confirmed } confirmed, { $conflicts } in conflict, { $rejected } rejected, { $operator } for the operator, { $known } known before, { $waiting } without an answer
