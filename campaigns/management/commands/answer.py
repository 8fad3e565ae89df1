"""`manage.py answer`: answer a customer's question, cited or by a person."""

import sys
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from campaigns.answers import shop_answers
from campaigns.answers.orders import order_files
from campaigns.answers.question_files import answer, lines, total
from campaigns.answers.retrieval.answerer import Answerer
from campaigns.answers.retrieval.build import answerer
from campaigns.answers.retrieval.documents import DocumentError, folder
from campaigns.answers.retrieval.replies import as_json
from profiles.models import Customer
from retention_site.lib.commands import BadInput, RapportCommand, json_line
from retention_site.lib.table_file import FileError

SUFFIX = ".jsonl"


class Command(RapportCommand):
    help = (
        "Answer a question from the shop's documents and orders, or a file of"
        " questions from a folder of documents without a shop."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", help="a question, or a file of JSON lines")
        parser.add_argument("--customer", help="who asks")
        parser.add_argument("--language", help="en or zh-hans; else by the words")
        parser.add_argument(
            "--documents", type=Path, help="a folder of Markdown and HTML, no shop"
        )
        parser.add_argument("--customers", type=Path, help="with --documents")
        parser.add_argument("--events", type=Path, help="orders, with --documents")

    def work(
        self,
        *,
        question: str,
        documents: Path | None,
        customers: Path | None,
        events: Path | None,
        **asked: Any,
    ) -> dict[str, Any]:
        if documents is None:
            return self._shop(question, asked["customer"], asked["language"])
        begin = monotonic()
        made, book, problems = self._opened(documents, customers, events)
        if question.endswith(SUFFIX):
            return self._file(Path(question), made, book, problems, begin)
        line = json_line({"id": None, "question": question, **asked}).encode()
        return answer(line, made, book)

    def _shop(
        self, question: str, customer: str | None, language: str | None
    ) -> dict[str, Any]:
        """Answer from the shop's own documents and orders."""
        if question.endswith(SUFFIX):
            raise BadInput("A file of questions needs --documents FOLDER.")
        who = Customer.objects.filter(external_id=customer).first()
        if customer and who is None:
            raise BadInput(f"There is no customer {customer!r}.")
        survivor = who.merged_into or who if who else None
        return {"id": None, **as_json(shop_answers.reply(question, language, survivor))}

    def say(self, answer: dict[str, Any]) -> str:
        return json_line(answer)

    def _opened(
        self, documents: Path, customers: Path | None, events: Path | None
    ) -> tuple[Answerer, order_files.OrderBook, list[str]]:
        try:
            found, problems = folder(documents)
            book, n_unread = order_files.read(events, customers)
        except (DocumentError, FileError) as error:
            raise BadInput(str(error)) from error
        if n_unread:
            problems.append(f"{events}: {n_unread} rows have no type or no time.")
        for problem in problems:
            sys.stderr.write(f"! {problem}\n")
        passages = [passage for one in found for passage in one.passages()]
        home = Path(settings.MODEL_DIR) / "encoders"
        return (
            answerer(passages, home, self.progress(_("Reading documents"))),
            book,
            problems,
        )

    def _file(
        self,
        file: Path,
        made: Answerer,
        book: order_files.OrderBook,
        problems: list[str],
        begin: float,
    ) -> dict[str, Any]:
        """Answer line by line; a line that is no question is told of at the end."""
        counted: Counter[str] = Counter()
        unread: list[str] = []
        progress = self.progress(_("Answering"))
        try:
            size = max(1, file.stat().st_size)
            n_read = 0
            for number, line in enumerate(lines(file), 1):
                said = answer(line, made, book)
                counted[said["state"]] += 1
                if "error" in said:
                    unread.append(f"question {number}: {said['error']}")
                self.stdout.write(json_line(said))
                n_read += len(line)
                progress(min(0.99, n_read / size))
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from error
        progress(1)
        last = total(counted, monotonic() - begin, [*problems, *unread])
        if unread:
            self.stdout.write(json_line(last))
            raise BadInput(
                f"{len(unread)} of {last['n']} lines are no questions, so they are"
                f" handed over; {unread[0]}"
            )
        return last
