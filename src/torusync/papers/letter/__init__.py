"""PRL 131, 030401: the machine, the measure, Figs. 2 and 3, what lies beyond them, and claims C01 to C24."""

from typing import Final

from torusync.papers.citation import Citation

CITATION: Final = Citation(
    key="MurtadhoLetter2023",
    author="Murtadho, Taufiq and Vinjanampathy, Sai and Thingna, Juzar",
    title="Cooperation and Competition in Synchronous Open Quantum Systems",
    journal="Phys. Rev. Lett.",
    volume="131",
    pages="030401",
    year="2023",
    doi="10.1103/PhysRevLett.131.030401",
    use="The machine, the measure and the figures",
)
