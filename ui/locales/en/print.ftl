# The words of the slip and of the sheet of test prescriptions.

print-demonstration = DEMONSTRATION
print-demonstration-note = invented data, no real appointment
print-page = page { $page } of { $pages }
print-made = Printed on { $when }
print-made-by = Printed on { $when } by { $desk }

## Dates and times

print-date-long = { $weekday } { $day } { $month } { $year }
print-date-day = { $day } { $month } { $year }
print-date-time = { $date } at { $time }
print-at = { $time }
print-clock-summer = summer time
print-clock-standard = standard time
print-weekday-1 = Monday
print-weekday-2 = Tuesday
print-weekday-3 = Wednesday
print-weekday-4 = Thursday
print-weekday-5 = Friday
print-weekday-6 = Saturday
print-weekday-7 = Sunday
print-month-1 = January
print-month-2 = February
print-month-3 = March
print-month-4 = April
print-month-5 = May
print-month-6 = June
print-month-7 = July
print-month-8 = August
print-month-9 = September
print-month-10 = October
print-month-11 = November
print-month-12 = December

## Slip: heading and state

print-title = Booking slip
print-title-provisional = Request slip
print-title-cancelled = Cancellation slip
print-number = Booking number
print-reference = Reference
print-cancellation-code = Cancellation code
print-qr-caption = To be shown at the counter

print-explain-awaiting = No place is assigned yet. The request leaves as soon as the booking centre can be reached: until then the place can go to others. Do not come without the confirmation.
print-explain-guaranteed = The place is kept for this request. The booking is valid if the booking centre receives it by the date and time given.
print-explain-confirmed = The booking centre has registered the booking. Bring this sheet along.
print-explain-cancelled = This booking is no longer valid: do not come.
print-pending-cancellation = The cancellation of this booking has been asked for. Until the booking centre confirms, the appointment stands.
print-pending-move = A move of this booking to { $when } has been asked for. Until the booking centre confirms, the appointment below stands.

## Slip: appointments

print-appointment = Appointment
print-appointment-of = Appointment { $number } of { $count }
print-requested = Time requested – not assigned
print-requested-of = Time requested { $number } of { $count } – not assigned
print-requested-note = requested, not assigned
print-guaranteed-place = Guaranteed place
print-guaranteed-place-of = Guaranteed place { $number } of { $count }
print-cancelled-appointment = Cancelled appointment
print-cancelled-appointment-of = Cancelled appointment { $number } of { $count }
print-duration = expected to last { $minutes } minutes
print-service-code = Service code { $code }
print-room = Room
print-practitioner = Professional
print-phone = Telephone
print-preparation = Preparation
print-no-preparation = No preparation is needed.

## Slip: patient and prescription

print-patient = Patient
print-patient-code = Tax code
print-patient-code-stp = STP code
print-patient-code-eni = ENI code
print-born = Date of birth
print-prescription = Prescription
print-nre = NRE
print-issued = Date of the prescription
print-class = Priority class
print-class-U = U – urgent
print-class-B = B – brief
print-class-D = D – deferrable
print-class-P = P – programmable
print-class-none = none
print-access = Type of access
print-access-first = first access
print-access-follow-up = follow-up
print-nre-first = NRE, first part
print-nre-second = NRE, second part

## Slip: co-payment, cancellation, what to bring

print-ticket = Co-payment
print-amount = €{ $euros }.{ $cents }
print-ticket-due = { $amount }
print-ticket-exempt = Exempt: nothing to pay
print-ticket-unknown = To be checked at the counter
print-ticket-later = To be paid only after the confirmation.
print-ticket-no-notice = To be paid before the service.
print-ticket-anywhere = It can be paid at counters, in pharmacies and at payment points of the whole network, also of another authority.
print-notice = pagoPA payment notice
print-cancel = Cancellation
print-cancel-by = Cancel by { $date }
print-cancel-by-provisional = If confirmed, cancel by { $date }
print-cancel-days = { $days ->
    [one] at least one working day before the appointment, whose day does not count
   *[other] at least { $days } working days before the appointment, whose day does not count
}
print-cancel-no-deadline = Fewer than { $days } working days are left before the appointment: if you cannot come, let us know as soon as possible.
print-cancel-how = How to cancel
print-cancel-with-code = The number and the cancellation code of this sheet are needed.
print-sanction = Who does not come or cancels late pays the co-payment, even if exempt. Exceptions: urgent services within 24 hours, bookings made fewer than { $days } working days before the appointment, and documented force majeure.
print-bring = What to bring
print-bring-card = health card and identity document
print-bring-prescription = prescription or its reminder
print-bring-reports = earlier reports and examinations
print-bring-slip = this sheet
print-privacy = Privacy
print-privacy-note = The data on this sheet are processed to book and provide health services (regulation EU 2016/679, articles 6 and 9) by staff bound to secrecy. The sheet concerns health: keep it with care. The full notice is available at the booking centre and the facility.

## Sheet of test prescriptions

print-sheet-title = TEST PRESCRIPTIONS – DEMONSTRATION
print-sheet-note = Patients and prescriptions are invented. The bar codes can be scanned in any order.
print-sheet-exempt = exempt
print-sheet-not-exempt = not exempt
