package program;

import java.sql.DriverManager;
import java.sql.SQLException;

/// A database in direct buffers: H2 over its file system `nioMemFS`.
public final class Sql {

    private static final int ROWS = 5_000;

    private Sql() {}

    /// Prints the sum over the rows that were written and read back, and `done`.
    public static void main(String[] arguments) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:h2:nioMemFS:shop;DB_CLOSE_DELAY=-1")) {
            try (var create = connection.createStatement()) {
                create.execute("create table item (id int primary key, name varchar(200), price bigint)");
            }
            try (var insert = connection.prepareStatement("insert into item values (?, ?, ?)")) {
                for (int i = 0; i < ROWS; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "item " + i + " x".repeat(i % 80));
                    insert.setLong(3, i * 7L);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.createStatement().execute("checkpoint sync");
            try (var select = connection.createStatement();
                 var rows = select.executeQuery("select sum(price), count(*), max(name) from item where name like 'item %'")) {
                rows.next();
                System.out.println(rows.getLong(1) + " " + rows.getInt(2) + " " + rows.getString(3).length());
            }
            try (var drop = connection.createStatement()) {
                drop.execute("shutdown");
            }
        }
        System.out.println("done");
    }
}
