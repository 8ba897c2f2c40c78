"""How far ahead a worker plans: by the slowest of what it has seen lately, within bounds."""

from datetime import timedelta

from chalicelib.flow.leads import Leads


def ms(count: float) -> timedelta:
    return timedelta(milliseconds=count)


def test_where_nothing_is_slow_a_claim_begins_200_ms_ahead_and_a_run_250():
    leads = Leads()
    leads.claims.append(ms(200))
    leads.reservations.append(ms(50))

    assert (leads.of_claim, leads.of_run) == (ms(200), ms(250))
    assert (Leads().of_claim, Leads().of_run) == (ms(200), ms(250))


def test_both_begin_as_much_earlier_as_the_slowest_took():
    leads = Leads()
    leads.claims.extend([ms(300), ms(201)])
    leads.reservations.extend([ms(20), ms(70), ms(60)])

    assert (leads.of_claim, leads.of_run) == (ms(300), ms(370))


def test_a_claim_begins_800_ms_ahead_at_most():
    leads = Leads()
    leads.claims.append(ms(801))

    assert (leads.of_claim, leads.of_run) == (ms(800), ms(850))


def test_a_reservation_that_hung_holds_a_run_back_by_800_ms_at_most():
    leads = Leads()
    leads.reservations.append(ms(5_000))

    assert leads.of_run == ms(1_000)


def test_what_was_slow_is_forgotten_after_25_others():
    leads = Leads()
    leads.claims.extend([ms(700)] + [ms(10)] * 24)
    assert leads.of_claim == ms(700)
    leads.claims.append(ms(10))

    assert leads.of_claim == ms(200)
