"""PRA 108, 012205: bounds by S_max, what correlated dipoles change, and claims K01 to K12."""

from typing import Final

from torusync.papers.citation import Citation

CITATION: Final = Citation(
    key="MurtadhoCompanion2023",
    author="Murtadho, Taufiq and Thingna, Juzar and Vinjanampathy, Sai",
    title="Synchronization lower bounds the efficiency of near-degenerate thermal machines",
    journal="Phys. Rev. A",
    volume="108",
    pages="012205",
    year="2023",
    doi="10.1103/PhysRevA.108.012205",
    use="Near-degenerate levels and correlated dipoles",
)
