"""Queries in one form, and the clauses in which two differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parityline.queries import bare, difference, names, names_a_row, normalised, of_another_period, order_of, tokens

QUERY = """
SELECT id, sum(amount) AS total   -- of the day
FROM orders o JOIN "Cities" c ON o.city = c.id
WHERE delay >= 5 AND name = 'It''s Oslo' GROUP BY id ORDER BY id;
"""


def test_one_line_whatever_the_layout():
    text = 'select id, sum(amount) as total from orders o join "Cities" c on o.city = c.id '
    text += "where delay >= 5 and name = 'It''s Oslo' group by id order by id"
    assert normalised(QUERY) == text
    assert normalised(QUERY.replace("\n", "  ").replace("-- of the day", "/* of the\nday */")) == text


@pytest.mark.parametrize(
    ("old", "new", "clauses"),
    [
        pytest.param(">=", ">", ("delay >= 5", "delay > 5"), id="a bound"),
        pytest.param("Oslo", "oslo", ("name = 'It''s Oslo'", "name = 'It''s oslo'"), id="a text"),
        pytest.param(" ORDER BY id", "", ("order by id", ""), id="no order"),
        pytest.param("sum(", "avg(", ("sum(amount) as total", "avg(amount) as total"), id="an aggregate"),
        pytest.param("JOIN", "LEFT JOIN", ("", "left"), id="a join"),
        pytest.param('"Cities"', '"cities"', ('"Cities" c', '"cities" c'), id="a quoted name"),
        pytest.param("SELECT", "select", None, id="letter case"),
        pytest.param("-- of the day", "", None, id="a comment"),
    ],
)
def test_difference(old, new, clauses):
    found = difference(QUERY, QUERY.replace(old, new))
    if clauses is None:
        assert found is None
    else:
        assert found is not None
        assert all(clause in side for clause, side in zip(clauses, found, strict=True))


def test_what_a_term_was_added_to_is_quoted_on_both_sides():
    assert difference("select id, delay from t", "select id, delay + 4 from t") == ("delay", "delay + 4")


@pytest.mark.parametrize(
    ("after", "same"),
    [
        pytest.param("day >= '2025-02-01'", True, id="a day"),
        pytest.param("day >= '2025-02'", True, id="a month"),
        pytest.param("day >= '2025-02-01 12:30:00+02'", True, id="a moment"),
        pytest.param("day >= '20250201'", True, id="a compact day"),
        pytest.param("day > '2025-02-01'", False, id="another bound"),
        pytest.param("day >= '12345678'", False, id="a text of digits"),
        pytest.param("day >= '2025-01-01' and x = 1", False, id="another condition"),
    ],
)
def test_queries_of_another_period(after, same):
    assert of_another_period("select * from t where day >= '2025-01-01'", f"select * from t where {after}") == same


def test_words_in_texts_and_comments_mean_nothing():
    assert "order by" not in bare("select 'order by' as \"order by\" from t -- order by id")


def test_names_are_whole_words():
    assert names("where void >= 5 and \"Delay\" = 'id'") == {"where", "void", ">=", "5", "and", "delay", "="}


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_query(a, b):
    assert (difference(a, b) is None) == (tokens(a) == tokens(b))


@given(st.text("abSELECT1 \n<>=,()*;", max_size=40))
def test_the_form_of_a_form_is_itself(text):
    assert tokens(normalised(text)) == tokens(text)
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("SELECT * FROM t WHERE token = 'abc'", "select * from t where token = '***'"),
        (
            "CREATE SECRET s (TYPE S3, KEY_ID 'abc', SECRET 'def')",
            "create secret s(type s3, key_id '***', secret '***')",
        ),
        ("ATTACH 'postgres://me:abc@db/x' AS p", "attach 'postgres://***@db/x' as p"),
        ("SELECT 'token' AS kind, 'abc' AS city", "select 'token' as kind, 'abc' as city"),
    ],
)
def test_credentials_are_masked(sql, kept):
    assert normalised(sql) == kept


@pytest.mark.parametrize(
    ("sql", "order"),
    [
        ("select * from t", None),
        ("select * from (select * from t order by id) s", None),
        ("select * from t order by T.Day desc nulls last, id limit 3", ["day", "id"]),
        ('select * from t order by "Sale Id", lower(name)', ["sale id", "lower(name)"]),
        ("with a as (select 1 order by x) select * from a order by random()", ["random()"]),
        ("select row_number() over (order by day) from t", None),
    ],
)
def test_the_order_of_the_outermost_query(sql, order):
    assert order_of(sql) == order


def test_names_of_unique_columns():
    assert all(names_a_row(["x", name]) for name in ("id", "sale_id", "o_orderkey", "uuid", "line_number", "orderid"))
    assert not names_a_row(["day", "amount", "valid", "paid", "monkey_business", "lower(id)"])
