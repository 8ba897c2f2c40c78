"""How the benches' backend chooses its answers."""

from tests.rig.sink.answers import Answer, Answers, First

_REFUSED = Answer(429, "soon")


def test_the_first_callbacks_of_a_workspace_are_answered_by_its_own_rule() -> None:
    answers = Answers(by_workspace={"w1": First(_REFUSED, count=2)})

    found = [answers.to_callback("w1", nth=nth, attempt=1) for nth in (1, 2, 3)]

    assert found == [_REFUSED, _REFUSED, Answer(200)]


def test_other_workspaces_are_answered_by_attempt() -> None:
    answers = Answers(by_attempt={1: Answer(503)}, by_workspace={"w1": First(_REFUSED)})

    assert answers.to_callback("w2", nth=1, attempt=1) == Answer(503)
    assert answers.to_callback("w2", nth=2, attempt=2) == Answer(200)


def test_answers_survive_the_way_to_the_sink() -> None:
    answers = Answers(
        status=429,
        retry_after="0",
        by_attempt={2: Answer(503)},
        by_workspace={"w1": First(_REFUSED, count=2)},
    )

    assert Answers.from_json(answers.to_json()) == answers


def test_one_first_attempt_in_so_many_fails():
    answers = Answers(fails_every=2)

    found = [answers.to_callback("w1", nth=nth, attempt=1).status for nth in (1, 2, 3, 4)]

    assert found == [200, 503, 200, 503]
    assert answers.to_callback("w1", nth=2, attempt=2) == Answer(200)
