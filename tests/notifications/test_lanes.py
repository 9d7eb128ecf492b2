"""Who goes next: hosts in turn, so many at a time, and the channels of chats in their order."""

from __future__ import annotations

import threading
import uuid

from notifications import lanes as module
from notifications.lanes import Errand, Lanes


def errand(host="a", channel=""):
    return Errand(id=uuid.uuid4(), host=host, channel=channel)


def all_of(lanes):
    """Take whatever may go."""
    taken = []
    while found := lanes.take():
        taken.append(found)
    return taken


def test_a_host_gets_no_more_than_its_share_and_others_go_on():
    lanes = Lanes(per_host=2, in_all=10)
    slow, fine = [errand("slow") for _ in range(5)], [errand("fine")]
    lanes.add(slow + fine)
    taken = all_of(lanes)
    assert sorted(each.host for each in taken) == ["fine", "slow", "slow"]
    lanes.leave(taken[0])
    assert [each.id for each in all_of(lanes)] == [slow[2].id]


def test_hosts_take_turns():
    lanes = Lanes(per_host=9, in_all=9)
    lanes.add([errand("a") for _ in range(3)] + [errand("b") for _ in range(3)])
    assert [each.host for each in all_of(lanes)] == list("ababab")


def test_all_hosts_together_leave_threads_for_the_housekeeping():
    lanes = Lanes(per_host=8, in_all=3)
    lanes.add(errand(str(host)) for host in range(9))
    taken = all_of(lanes)
    assert len(taken) == 3
    lanes.leave(taken[0])
    assert len(all_of(lanes)) == 1


def test_one_channel_of_a_chat_gets_its_messages_one_by_one_and_in_order():
    lanes = Lanes(per_host=8, in_all=8)
    first, second, other = errand(channel="x"), errand(channel="x"), errand(channel="y")
    lanes.add([first, second, other])
    assert all_of(lanes) == [first, other]
    lanes.leave(other)
    assert lanes.take() is None
    lanes.leave(first)
    assert lanes.take() == second


def test_what_is_rung_twice_waits_once_and_not_while_it_is_under_way():
    lanes = Lanes(per_host=8, in_all=8)
    one = errand()
    lanes.add([one, one])
    assert all_of(lanes) == [one]
    lanes.add([one])
    assert lanes.take() is None
    lanes.leave(one)
    lanes.add([one])
    assert lanes.take() == one


def test_a_host_that_hangs_gets_one_place_until_it_answers():
    lanes = Lanes(per_host=3, in_all=9)
    lanes.add(errand() for _ in range(9))
    for each in all_of(lanes):
        lanes.leave(each, slow=True)
    (only,) = all_of(lanes)
    lanes.leave(only)  # it was somebody else's by now: the host was not asked
    (only,) = all_of(lanes)
    lanes.leave(only, slow=False)
    assert len(all_of(lanes)) == 3


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    lanes = Lanes(per_host=9, in_all=9)
    lanes.add(errand(str(host)) for host in range(5))
    assert len(all_of(lanes)) == 2


def test_a_host_that_hangs_leaves_room_for_the_others(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 100)
    lanes = Lanes(per_host=2, in_all=9)
    lanes.add(errand("hangs") for _ in range(200))
    lanes.add([errand("fine")])
    assert sorted(each.host for each in all_of(lanes)) == ["fine", "hangs", "hangs"]


def test_a_process_that_ends_lets_nobody_in():
    lanes = Lanes(per_host=9, in_all=9)
    lanes.add([errand()])
    lanes.close()
    assert lanes.take() is None


def test_many_threads_take_each_errand_once_and_keep_to_the_limits():
    lanes = Lanes(per_host=2, in_all=5)
    lanes.add(errand(str(n % 4), str(n % 8)) for n in range(400))
    lock, under_way, most = threading.Lock(), [], [0, 0]
    taken: list[str] = []

    def work():
        while True:
            found = lanes.take()
            if found is None:
                if len(taken) == 400:
                    return
                continue
            with lock:
                taken.append(found.id)
                under_way.append(found)
                hosts = [each.host for each in under_way]
                most[0] = max(most[0], len(hosts))
                most[1] = max(most[1], *map(hosts.count, hosts))
            with lock:
                under_way.remove(found)
            lanes.leave(found, slow=False)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert len(set(taken)) == len(taken) == 400
    assert most[0] <= 5
    assert most[1] <= 2
