"""Random scripts: statements that work (nearly always), in and out of transactions, written as people write them."""

import dataclasses

import control
import rows
import tables
from workshop import Statement


@dataclasses.dataclass
class Written:
    """A statement where it stands in the file."""

    line: int
    sql: str


class Script:
    def __init__(self):
        self.text = ""
        self.statements = []  # Written, in order
        self.places = []  # offsets where what belongs together begins

    def add(self, statement, rng):
        self.places.append(len(self.text))
        self.text += rng.choice(["", "", "\n", "-- a comment; with a semicolon\n", "/* /* nested */ ' */\n", "  "])
        for part in statement.parts:
            self.statements.append(Written(self.text.count("\n") + 1, part))
            self.text += part + rng.choice([";", ";", " ;", "\n;", "; -- done"])
            self.text += "\n" if statement.data is not None or self.text.endswith("done") else rng.choice(["\n", "\n", "\n\n", " "])
        if statement.data is not None:
            self.text += statement.data + "\\.\n"


class Maker:
    """Writes a script for the database as it is in the workshop, by trying every statement there."""

    KINDS = [(rows.WAYS, 6), (tables.WAYS, 2.5), (control.WAYS, 2.5)]
    FAILING = 0.2  # of the scripts

    def __init__(self, shop):
        self.shop = shop
        self.rng = shop.rng
        self.script = Script()
        self.savepoints = []
        self.over = False

    def make(self):
        ends_badly = self.rng.random() < self.FAILING
        length = self.rng.choice([1, 3, 6, 10, 15, 22])
        for number in range(length):
            if ends_badly and number == length // 2:
                self.add_a_failure()
                ends_badly = False
            self.transaction_control()
            if self.over:
                return self.script
            self.add_something()
        while self.shop.in_transaction and not self.over and self.rng.random() < 0.9:
            self.end_transaction()
        return self.script

    def candidate(self):
        ways = self.rng.choices([ways for ways, _ in self.KINDS], [weight for _, weight in self.KINDS])[0]
        return self.rng.choices([way for way, _ in ways], [weight for _, weight in ways])[0](self.shop)

    def add_something(self):
        for _ in range(12):
            statement = self.candidate()
            if statement and self.shop.try_out(statement):
                self.script.add(statement, self.rng)
                return

    def add_a_failure(self):
        for _ in range(40):
            statement = self.candidate()
            if statement and statement.data is None and len(statement.parts) == 1 and not self.shop.try_out(statement):
                self.script.add(statement, self.rng)
                return

    def control(self, sql):
        """False where the server refused, at COMMIT say; the transaction is over then."""
        done = self.shop.try_out(Statement(sql), guarded=False)
        if done:
            self.script.add(Statement(sql), self.rng)
        return done

    def transaction_control(self):
        roll = self.rng.random()
        if not self.shop.in_transaction:
            self.savepoints = []
            if roll < 0.2:
                self.control(self.rng.choice(["BEGIN", "START TRANSACTION", "begin isolation level serializable"]))
        elif roll < 0.15:
            name = f"s{self.shop.fresh()}"
            if self.control(f"SAVEPOINT {name}"):
                self.savepoints.append(name)
        elif roll < 0.28 and self.savepoints:
            at = self.rng.randrange(len(self.savepoints))
            how = self.rng.choice(["ROLLBACK TO", "ROLLBACK TO", "RELEASE"])
            if self.control(f"{how} {self.savepoints[at]}"):
                self.savepoints = self.savepoints[:at + (how != "RELEASE")]
        elif roll < 0.45:
            self.end_transaction()

    def end_transaction(self):
        end = self.rng.choice(["COMMIT", "COMMIT", "COMMIT", "END", "ROLLBACK", "COMMIT AND CHAIN"])
        if not self.control(end):
            # Deferred constraints refused it: so they will when the script is run, and there it ends.
            self.script.add(Statement(end), self.rng)
            self.over = True
